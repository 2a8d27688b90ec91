"""Whether Vitrine keeps its promises while its processes are killed and what it stands on fails."""
