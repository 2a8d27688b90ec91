"""The shop's range: its designs and the looks each is sold in; ``designs.py`` says how a look is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from demo.bags import Bag
from demo.designs import Design, ProductSpec
from demo.hats import Hat
from demo.legs import Legs
from demo.prints import PALETTE
from demo.shoes import Shoe
from demo.skirts import Fall
from demo.sunglasses import Glasses
from demo.tops import Top


def _looks(text: str) -> tuple[str, ...]:
    return tuple(look.strip() for look in text.split(","))


DESIGNS: tuple[Design, ...] = (
    # shirts
    Design("Harbour Tee", "shirt", Top(collar="rib", waist=5), "jersey", _looks("white/breton/navy, navy/breton/white, "
           "white/breton/red, white, mustard"), 24.9),
    Design("Cove V-Neck", "shirt", Top(neck="v", waist=3, hem=86), "jersey", _looks("coral, black, teal, white, lilac"),
           19.9, "female"),
    Design("Mill Shirt", "shirt", Top(neck="shirt", collar="shirt", front="buttons", sleeve=1.0, cuff="cuff",
           pockets="chest", hem=95, hem_curve=4, waist=6, ease=3.5), "poplin", _looks("white, "
           "white/gingham/royal blue, light blue/pinstripes/navy, red/tartan/black/cream, sky blue"), 49.9, "male"),
    Design("Anchor Polo", "shirt", Top(neck="shirt", collar="shirt", front="placket", waist=5), "jersey",
           _looks("forest green, navy, red, white, pink"), 34.9, "male", season="summer"),
    Design("Fjord Sweater", "shirt", Top(collar="rib", sleeve=1.0, cuff="rib", hem_band=5, hem=84, ease=4, waist=6,
           sleeve_ease=2.6), "knit", _looks("mustard, burgundy, ivory, navy/stripes/ivory, forest green/chevron/cream"),
           59.9, season="winter"),
    Design("Studio Hoodie", "shirt", Top(collar="hood", sleeve=1.0, cuff="rib", hem_band=5, hem=86, ease=5, waist=7,
           sleeve_ease=3, pockets="kangaroo"), "cotton", _looks("grey, black, teal, blush, "
           "navy/colour block/white/red"), 54.9, season="autumn"),
    Design("Riva Blouse", "shirt", Top(neck="shirt", collar="bow", sleeve=1.0, cuff="cuff", puff=1.6, hem=86, waist=4,
           sleeve_ease=3), "viscose", _looks("ivory, blush/dots/burgundy, navy/dots/white, fuchsia, "
           "white/floral/red/pink"), 44.9, "female"),
    Design("Garden Top", "shirt", Top(neck="square", sleeve=0.22, puff=2.6, sleeve_ease=2.6, hem=80, waist=1.5),
           "cotton", _looks("white/floral/royal blue/sky blue, yellow, pink/gingham/white, mint, "
           "black/floral/coral/cream"), 29.9, "female", season="summer"),
    Design("Roll Neck", "shirt", Top(neck="turtle", collar="turtle", sleeve=1.0, cuff="rib", hem=86, ease=1.6,
           waist=2.5, sleeve_ease=1.4), "knit", _looks("black, camel, cream, rust, charcoal"), 39.9, season="winter"),
    Design("Court Tank", "shirt", Top(neck="scoop", sleeve=0, hem=86, waist=3, ease=1.5), "jersey", _looks("white, "
           "black, turquoise, olive, orange/gradient/fuchsia"), 14.9, season="summer"),
    Design("Camp Shirt", "shirt", Top(neck="shirt", collar="shirt", front="buttons", sleeve=0.34, sleeve_ease=3.2,
           hem=88, waist=8, ease=4), "viscose", _looks("navy/floral/pink/cream, teal/floral/orange/yellow, "
           "black/leopard/camel/chocolate, ivory/chevron/rust, sky blue/stars/white"), 37.9, "male", season="summer"),
    Design("Slope Henley", "shirt", Top(front="placket", sleeve=1.0, cuff="rib", hem=89, waist=4, ease=2), "cotton",
           _looks("olive, grey, burgundy, indigo, ivory"), 32.9, "male"),
    # jackets
    Design("City Blazer", "jacket", Top(neck="lapel", collar="lapel", front="single", sleeve=1.0, pockets="flap",
           hem=95, hem_curve=2, ease=3), "wool", _looks("navy, charcoal, camel, black/pinstripes/grey, burgundy"),
           129.0, trim="plastic:black"),
    Design("Ranch Jacket", "jacket", Top(neck="shirt", collar="shirt", front="buttons", sleeve=1.0, cuff="cuff",
           pockets="chest pair", hem=84, ease=4, waist=5, stitch=True), "denim", _looks("indigo, light blue, charcoal, "
           "ivory"), 79.9),
    Design("Glacier Puffer", "jacket", Top(neck="turtle", collar="stand", front="zip", sleeve=1.0, folds="quilt",
           pleat=8, hem=89, ease=6, waist=9, sleeve_ease=4.2), "nylon", _looks("red, black, mustard, royal blue, "
           "silver"), 99.9, season="winter"),
    Design("Ace Biker", "jacket", Top(neck="lapel", collar="lapel", front="slant", sleeve=1.0, hem=80, ease=2.5,
           waist=3), "leather", _looks("black, brown, burgundy, forest green"), 189.0, trim="plastic:black"),
    Design("Harbour Trench", "jacket", Top(neck="lapel", collar="lapel", front="double", sleeve=1.0, hem=124, flare=4,
           ease=4, waist=4, belt=True, pockets="welt", folds="drape", pleat=16), "cotton", _looks("beige, khaki, navy, "
           "black, blush"), 149.0, "female", season="autumn"),
    Design("Flight Bomber", "jacket", Top(neck="turtle", collar="turtle", front="zip", sleeve=1.0, cuff="rib",
           hem_band=5.5, hem=83, ease=5, waist=8, sleeve_ease=4, pockets="welt"), "nylon", _looks("olive, black, rust, "
           "navy, olive/camouflage/khaki/chocolate"), 89.9, trim="knit:charcoal"),
    Design("Lodge Cardigan", "jacket", Top(neck="v", front="open", sleeve=1.0, cuff="rib", hem=92, ease=4, waist=6,
           sleeve_ease=2.8), "knit", _looks("cream, grey, rust, teal, lilac"), 64.9, season="autumn"),
    Design("Mountain Parka", "jacket", Top(neck="turtle", collar="hood", front="zip", sleeve=1.0, cuff="cuff", hem=108,
           ease=6, waist=8, sleeve_ease=4, pockets="flap"), "canvas", _looks("forest green, navy, khaki, orange, "
           "black"), 139.0, season="winter"),
    # dresses
    Design("Meadow Dress", "dress", Top(neck="scoop", sleeve=0, hem=112, flare=9, folds="drape", waist=1, ease=1,
           waist_seam=True), "viscose", _looks("navy/floral/pink/cream, white/floral/red/yellow, black/dots/white, "
           "yellow, coral/floral/white/burgundy"), 69.9, "female", season="summer"),
    Design("Moon Slip", "dress", Top(neck="strap", sleeve=0, hem=140, flare=4, folds="drape", pleat=12, waist=2,
           ease=0.8), "satin", _looks("burgundy, black, silver, forest green, blush"), 84.9, "female"),
    Design("Column Sheath", "dress", Top(neck="boat", sleeve=0, hem=116, waist=1, ease=0.8, flare=-1.5), "wool",
           _looks("black, red, royal blue, grey/tartan/black/red, camel"), 89.9, "female", season="winter"),
    Design("Wrap Tea Dress", "dress", Top(neck="wrap", front="wrap", sleeve=0.45, sleeve_ease=2.6, hem=124, flare=6,
           folds="drape", waist=0.8, ease=1, belt=True), "viscose", _looks("teal, red/dots/white, "
           "mustard/floral/white/rust, purple, mint/floral/fuchsia/white"), 79.9, "female"),
    Design("Skater Dress", "dress", Top(sleeve=0.25, hem=102, flare=13, folds="drape", pleat=8, waist=0.6, ease=0.8,
           waist_seam=True), "jersey", _looks("fuchsia, black, white/breton/navy, red/gingham/white, "
           "purple/gradient/pink"), 49.9, "female"),
    Design("Long Shirt Dress", "dress", Top(neck="shirt", collar="shirt", front="buttons", sleeve=1.0, cuff="cuff",
           hem=122, flare=5, waist=2.5, ease=2.5, belt=True, folds="drape", pleat=13), "poplin", _looks("light blue, "
           "khaki, white/pinstripes/royal blue, black, rust"), 74.9, "female"),
    Design("Island Maxi", "dress", Top(neck="v", sleeve=0, hem=163, flare=7, folds="drape", pleat=11, waist=0.8,
           ease=0.8, waist_seam=True), "viscose", _looks("turquoise/floral/white/yellow, orange/gradient/purple, "
           "coral, white, royal blue/chevron/white"), 94.9, "female", season="summer"),
    Design("Knit Dress", "dress", Top(neck="turtle", collar="turtle", sleeve=1.0, cuff="rib", hem=112, waist=2.5,
           ease=1.5), "knit", _looks("grey, camel, burgundy, black/stripes/ivory"), 69.9, "female", season="winter"),
    # pants
    Design("Dock Jeans", "pants", Legs(band="jeans"), "denim", _looks("indigo, light blue, charcoal, black"), 69.9),
    Design("Needle Jeans", "pants", Legs(band="jeans", thigh=8.6, knee=5.8, ankle=4.8, rips=True), "denim",
           _looks("light blue, black, grey, white"), 59.9, "female"),
    Design("Office Trousers", "pants", Legs(crease=True, knee=8.2, ankle=7.2), "wool", _looks("charcoal, navy, beige, "
           "black/pinstripes/grey, grey/tartan/black/red"), 79.9, "male"),
    Design("Wide Culotte", "pants", Legs(hem=164, thigh=11, knee=12.5, ankle=14, crease=True), "viscose",
           _looks("black, rust, ivory, teal, navy/pinstripes/white"), 64.9, "female"),
    Design("Trail Cargo", "pants", Legs(pockets="cargo", thigh=10.5, knee=9, ankle=8), "canvas", _looks("olive, khaki, "
           "black, olive/camouflage/khaki/chocolate"), 59.9, "male"),
    Design("Park Jogger", "pants", Legs(band="elastic", hem=162, thigh=10.5, knee=8.6, ankle=5.2, stripe=True),
           "jersey", _looks("grey, black, navy, burgundy, teal"), 39.9),
    Design("Quay Chino", "pants", Legs(knee=7.0, ankle=5.8, turn_up=3.2), "cotton", _looks("beige, navy, olive, "
           "burgundy, mustard"), 49.9),
    # shorts
    Design("Bay Chino Shorts", "shorts", Legs(hem=114, thigh=10.4, knee=10), "cotton", _looks("beige, navy, coral, "
           "mint, white/pinstripes/sky blue"), 34.9, "male", season="summer"),
    Design("Cut Denim Shorts", "shorts", Legs(hem=103, thigh=10, knee=10.5, band="jeans", turn_up=2.6), "denim",
           _looks("light blue, indigo, black, white"), 32.9, "female", season="summer"),
    Design("Surf Shorts", "shorts", Legs(hem=112, thigh=11, knee=12, band="elastic", pockets="slant"), "nylon",
           _looks("turquoise/floral/orange/yellow, royal blue, navy/stripes/red, black/floral/white/teal, "
           "orange/gradient/yellow"), 27.9, "male", season="summer"),
    Design("Camp Cargo Shorts", "shorts", Legs(hem=119, thigh=11.2, knee=11, pockets="cargo"), "canvas",
           _looks("olive, khaki, charcoal, olive/camouflage/khaki/chocolate"), 37.9, season="summer"),
    Design("Linen Shorts", "shorts", Legs(hem=106, thigh=11, knee=12.5, band="elastic"), "linen", _looks("ivory, rust, "
           "sky blue, black, forest green"), 29.9, "female", season="summer"),
    # skirts
    Design("Lark Midi", "skirt", Fall(), "viscose", _looks("teal, black/dots/white, mustard, red/floral/white/pink, "
           "navy"), 44.9, "female"),
    Design("Academy Pleats", "skirt", Fall(folds="pleats", pleat=4, hem=104, flare=9), "wool",
           _looks("grey/tartan/black/red, navy, red/tartan/black/yellow, forest green/tartan/navy/yellow, black"), 49.9,
           "female"),
    Design("Pencil Skirt", "skirt", Fall(folds="crumple", flare=-3, hem=118, front="slit"), "wool", _looks("black, "
           "charcoal, burgundy, camel, royal blue"), 54.9, "female"),
    Design("Button Mini", "skirt", Fall(folds="crumple", flare=3.5, hem=101, band="jeans", front="buttons"), "denim",
           _looks("indigo, light blue, black, white"), 39.9, "female"),
    Design("Tier Maxi", "skirt", Fall(folds="drape", pleat=6, hem=159, flare=6, front="tiers", band="elastic"),
           "cotton", _looks("white, rust, turquoise/floral/white/yellow, purple, pink"), 59.9, "female",
           season="summer"),
    Design("Satin Bias", "skirt", Fall(folds="drape", pleat=13, hem=132, flare=3), "satin", _looks("blush, "
           "forest green, black, gold, camel/leopard/brown/black"), 52.9, "female"),
    # shoes
    Design("Court Sneaker", "shoe", Shoe(stripes=True), "leather", _looks("white, black, navy, burgundy, mint"), 79.9,
           trim="leather:forest green"),
    Design("Canvas High", "shoe", Shoe(shaft=15), "canvas", _looks("navy, red, black, mustard, white"), 64.9,
           trim="canvas:white"),
    Design("Runner", "shoe", Shoe(shaft=8.4), "nylon", _looks("royal blue, grey, coral, turquoise, black"), 99.9,
           trim="nylon:orange"),
    Design("Chelsea Boot", "shoe", Shoe("boot", 22, 2.6, light_sole=False), "leather", _looks("black, brown, camel, "
           "burgundy"), 139.0, season="autumn", trim="black"),
    Design("Worker Boot", "shoe", Shoe("boot", 20, 2.2, light_sole=False, stripes=True), "suede", _looks("camel, "
           "chocolate, olive, navy"), 149.0, season="winter", trim="cotton:mustard"),
    Design("Stage Pump", "shoe", Shoe("pump", heel=8.5), "patent", _looks("red, black, blush, royal blue, gold"), 89.9,
           "female"),
    Design("Campus Loafer", "shoe", Shoe("loafer"), "leather", _looks("burgundy, black, camel, navy"), 109.0),
    Design("Ballet Flat", "shoe", Shoe("flat", heel=1.2), "leather", _looks("blush, black, red, navy"), 49.9, "female",
           season="summer"),
    # bags
    Design("Market Tote", "bag", Bag("tote"), "leather", _looks("camel, black, ivory, red, teal"), 119.0,
           trim="leather:brown"),
    Design("Print Shopper", "bag", Bag("tote", 38, 36, 18), "canvas", _looks("ivory/floral/red/pink, "
           "navy/stripes/white, beige/dots/black, yellow/chevron/white, white/leopard/camel/black"), 29.9,
           trim="canvas:ivory"),
    Design("Notary Satchel", "bag", Bag("satchel", 31, 23, 11, stitch=True), "leather", _looks("burgundy, brown, "
           "black, forest green, mustard"), 149.0, "female"),
    Design("Chain Crossbody", "bag", Bag("crossbody", 24, 17, 26), "leather", _looks("black, blush, red, silver, "
           "royal blue"), 99.9, "female"),
    Design("Campus Backpack", "bag", Bag("backpack", 30, 40, 4), "canvas", _looks("navy, mustard, grey, "
           "olive/camouflage/khaki/chocolate, burgundy"), 69.9, trim="canvas:black"),
    Design("Drawstring Bucket", "bag", Bag("bucket", 27, 28, 20), "leather", _looks("mustard, black, teal, coral"),
           109.0, "female", trim="leather:brown"),
    Design("Evening Clutch", "bag", Bag("clutch", 28, 17, 0), "satin", _looks("fuchsia, black, gold, purple, "
           "forest green"), 59.9, "female"),
    # hats
    Design("Dugout Cap", "hat", Hat(), "cotton", _looks("navy, black, red, white, olive/camouflage/khaki/chocolate"),
           24.9, trim="cotton:red"),
    Design("Pier Beanie", "hat", Hat("beanie", 9, 2.6), "knit", _looks("red/stripes/white, mustard, grey, "
           "navy/stripes/ivory, teal"), 19.9, season="winter"),
    Design("Dean Fedora", "hat", Hat("fedora", 9.5, 5), "felt", _looks("camel, black, grey, burgundy"), 49.9,
           trim="satin:black"),
    Design("Pond Bucket", "hat", Hat("bucket", 8, 3.4), "cotton", _looks("black/gingham/white, khaki, pink, "
           "yellow/floral/white/orange, light blue"), 27.9, season="summer"),
    Design("Lido Sun Hat", "hat", Hat("sun", 8.5, 10), "straw", _looks("beige, camel, ivory, brown"), 39.9, "female",
           "satin:navy", "summer"),
    Design("Atelier Beret", "hat", Hat("beret"), "felt", _looks("red, black, navy, mustard"), 29.9, "female",
           season="autumn"),
    # sunglasses
    Design("Pacific Wayfarer", "sunglasses", Glasses(), "plastic", _looks("black, chocolate, red, royal blue, white"),
           89.9),
    Design("Pilot Aviator", "sunglasses", Glasses("aviator", 3.2, 2.9, "forest green", 0.22), "metal", _looks("gold, "
           "silver, black, rust"), 109.0),
    Design("Lennon Round", "sunglasses", Glasses("round", 2.7, 2.7, "chocolate", 0.28), "plastic", _looks("brown, "
           "black, gold, teal"), 79.9),
    Design("Diva Cat Eye", "sunglasses", Glasses("cat eye", 3.2, 2.5, "black", 0.6), "plastic", _looks("black, red, "
           "white, camel/leopard/brown/black, pink"), 94.9, "female"),
    Design("Sprint Shield", "sunglasses", Glasses("sport", 3.4, 2.3, "royal blue", 0.35), "plastic", _looks("white, "
           "black, yellow, orange"), 119.0, "male", season="summer"),
)  # fmt: skip


def products(skus: int, seed: int = 0) -> list[ProductSpec]:
    """Return `skus` different products; categories take turns, then designs, and a design's looks come last.

    Looks beyond a design's own are plain colours; there are as many of a design as the palette has, at most.
    """
    return list(islice(_in_turns(seed), skus))


def _in_turns(seed: int) -> Iterator[ProductSpec]:
    before: Counter[str] = Counter()
    ranked = []
    for place, design in enumerate(DESIGNS):
        ranked.append((before[design.category], place, design))
        before[design.category] += 1
    for turn in range(len(PALETTE)):
        for _, place, design in sorted(ranked, key=lambda entry: entry[:2]):
            looks = tuple(dict.fromkeys((*design.looks, *PALETTE)))
            yield ProductSpec(design, looks[turn], seed * 1000 + place)
