/**
 * Three words for a peer id, easy to read to each other. They help to notice a mix-up. They are no proof:
 * 24 bits can be forged with patience, so the whole id is always one click away.
 */
const WORDS = (
  'acorn agate album alder amber anchor anvil apple apron arch arrow aspen atlas attic autumn badge bagel balcony ' +
  'bamboo banjo barley barn basil basin basket beacon beaver bell bench birch bishop bison blanket blossom boat ' +
  'bobbin bonnet border bottle boulder branch brass bread brick bridge brook broom bucket buckle butter button ' +
  'cabin cactus camel canal candle canoe canvas canyon carbon cargo carpet castle cedar cellar chalk chapel cherry ' +
  'chess cider cinder circle citrus clay cliff cloak clover coal cobalt cocoa comet copper coral cork corner cotton ' +
  'cradle crane crater cricket crown crystal curtain cypress dagger dahlia daisy dawn delta denim desert dome donkey ' +
  'dove dragon drum dune eagle easel ebony echo elbow elder ember engine falcon feather fence fern fiddle field fig ' +
  'finch flag flame flint flour flute forest fossil fox frost garden garlic garnet ginger glacier globe goat grain ' +
  'granite grape gravel grove guitar hammer harbor harp hazel heron hill honey hoop horn ice indigo iris iron island ' +
  'ivory ivy jade jasmine jigsaw juniper kayak kettle kite ladder lagoon lake lamp lantern lark lava lemon lentil ' +
  'lilac lily linen lion lobster locket lotus lumber magnet mango maple marble marsh meadow melon mint mirror mitten ' +
  'moose mosaic moss muffin mustard needle nest nickel oak oasis oat olive onion opal orbit orchid otter oval oyster ' +
  'paddle panda paper parrot pear pearl pebble pepper piano pillow pine pistachio planet plum pocket pollen poppy ' +
  'prairie prism puffin quail quartz quill quilt rabbit raft rain raven reed ribbon river robin rocket rose rudder'
).split(' ');

const LIST_SIZE = 256;

/** Pure: the same id always gives the same words. */
export function peerWords(peerId: string): string {
  let hash = 0x811c9dc5;
  for (const character of peerId) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0;
  hash = (hash ^ (hash >>> 15)) >>> 0;
  return [hash & 0xff, (hash >>> 8) & 0xff, (hash >>> 16) & 0xff]
    .map((index) => WORDS[index % Math.min(LIST_SIZE, WORDS.length)] ?? '')
    .join(' ');
}
