"""Product feeds as shops write them: Google Merchant, Shopify, WooCommerce, JSON lines."""
