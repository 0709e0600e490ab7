// Unpacks what xz --format=lzma made, as the LZMA specification of Igor Pavlov's SDK tells: a header of 13 bytes (properties, size of the
// dictionary, size of the content) and one stream of a range coder. files/unpack.js reads the header and passes the stream in pieces, as
// it arrives. build.sh compiles this file to files/unlzma.wasm: it takes half the time of the same in JavaScript.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

// Where the probabilities of each kind begin: of a 0, in 2048ths.
enum {
  is_match = 0, is_rep = 192, is_rep0 = 204, is_rep1 = 216, is_rep2 = 228, is_rep0_long = 240, slots = 432, far = 688, align = 802,
  lengths = 818, rep_lengths = 1332, literals = 1846,
};

enum {
  input_size = 1 << 20, // of one piece
  symbol_max = 20,      // bytes of the stream that one symbol can take
  header = 5,           // bytes of the stream before its first symbol: a zero, and the code
};

static u16 probs[literals + (0x300 << 4)];
static u8 input[input_size + symbol_max];
static u32 lc, lp, pb;                       // properties
static u32 state, rep0, rep1, rep2, rep3;    // kinds of the last symbols, and the last four distances
static u32 size, n;                          // of the content, and how much of it there is
static u8 started;
extern u8 __heap_base;                       // the content lies there

// coder is the range coder: a local variable of run, so that the engine keeps it in registers.
struct coder {
  u32 range, code;
  const u8 *in; // the next byte of the piece
};
static struct coder kept; // between pieces

#define inlined static inline __attribute__((always_inline))
#define exported(name) __attribute__((export_name(name)))

inlined void fill(struct coder *c) {
  if (c->range < 1 << 24) {
    c->range <<= 8;
    c->code = c->code << 8 | *c->in++;
  }
}

inlined u32 bit(struct coder *c, u16 *prob) {
  u32 p = *prob, bound = (c->range >> 11) * p, found = c->code >= bound;
  if (!found) {
    c->range = bound;
    *prob = p + ((2048 - p) >> 5);
  } else {
    c->range -= bound;
    c->code -= bound;
    *prob = p - (p >> 5);
  }
  fill(c);
  return found;
}

inlined u32 tree(struct coder *c, u16 *from, u32 bits) {
  u32 m = 1;
  for (u32 i = 0; i < bits; i++) m = m << 1 | bit(c, from + m);
  return m - (1 << bits);
}

inlined u32 reverse(struct coder *c, u16 *from, u32 bits) {
  u32 m = 1, found = 0;
  for (u32 i = 0; i < bits; i++) {
    u32 b = bit(c, from + m);
    m = m << 1 | b;
    found |= b << i;
  }
  return found;
}

inlined u32 direct(struct coder *c, u32 bits) {
  u32 found = 0;
  for (; bits > 0; bits--) {
    c->range >>= 1;
    u32 b = c->code >= c->range;
    if (b) c->code -= c->range;
    found = found << 1 | b;
    fill(c);
  }
  return found;
}

inlined u32 length(struct coder *c, u16 *from, u32 place) {
  if (!bit(c, from)) return 2 + tree(c, from + 2 + (place << 3), 3);
  if (!bit(c, from + 1)) return 10 + tree(c, from + 130 + (place << 3), 3);
  return 18 + tree(c, from + 258, 8);
}

inlined u32 distance(struct coder *c, u32 length) {
  u32 slot = tree(c, probs + slots + ((length < 5 ? length - 2 : 3) << 6), 6);
  if (slot < 4) return slot;
  u32 bits = (slot >> 1) - 1, high = (2 | (slot & 1)) << bits;
  if (slot < 14) return high + reverse(c, probs + far + high - slot - 1, bits);
  return high + (direct(c, bits - 4) << 4) + reverse(c, probs + align, 4);
}

// literal writes one byte.
inlined void literal(struct coder *c, u8 *out) {
  u32 before = n ? out[n - 1] : 0, m = 1;
  u16 *from = probs + literals + 0x300 * (((n & ((1 << lp) - 1)) << lc) + (before >> (8 - lc)));
  if (state >= 7) { // after a match: the byte that the match would have brought next tells much
    u32 like = out[n - rep0 - 1];
    while (m < 256) {
      u32 b = like >> 7 & 1, found = bit(c, from + ((1 + b) << 8) + m);
      like <<= 1;
      m = m << 1 | found;
      if (found != b) break;
    }
  }
  while (m < 256) m = m << 1 | bit(c, from + m);
  out[n++] = m;
  state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
}

// match returns the length of a match and leaves its distance in rep0.
inlined u32 match(struct coder *c, u32 place) {
  if (!bit(c, probs + is_rep + state)) {
    rep3 = rep2;
    rep2 = rep1;
    rep1 = rep0;
    u32 found = length(c, probs + lengths, place);
    rep0 = distance(c, found);
    state = state < 7 ? 7 : 10;
    return found;
  }
  if (!bit(c, probs + is_rep0 + state)) {
    if (!bit(c, probs + is_rep0_long + (state << 4) + place)) {
      state = state < 7 ? 9 : 11;
      return 1;
    }
  } else {
    u32 d = rep1;
    if (bit(c, probs + is_rep1 + state)) {
      d = rep2;
      if (bit(c, probs + is_rep2 + state)) {
        d = rep3;
        rep3 = rep2;
      }
      rep2 = rep1;
    }
    rep1 = rep0;
    rep0 = d;
  }
  state = state < 7 ? 8 : 11;
  return length(c, probs + rep_lengths, place);
}

// begin takes the properties and the size of the content. It returns where the content will lie, 0 if it cannot be.
exported("begin") u8 *begin(u32 properties, u32 content) {
  lc = properties % 9;
  lp = properties / 9 % 5;
  pb = properties / 45;
  size = content;
  if (pb > 4 || lc + lp > 4) return 0;
  n = state = started = rep0 = rep1 = rep2 = rep3 = 0;
  for (u32 i = 0; i < sizeof probs / sizeof *probs; i++) probs[i] = 1024;
  u32 have = __builtin_wasm_memory_size(0), pages = ((u32)&__heap_base + (unsigned long long)size + 0xffff) >> 16;
  if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (unsigned long)-1) return 0;
  return &__heap_base;
}

// piece is where the next bytes of the stream go, and piece_size how many of them at most.
exported("piece") u8 *piece(void) { return input; }
exported("piece_size") u32 piece_size(void) { return input_size; }

// made is how much of the content there is.
exported("made") u32 made(void) { return n; }

// run unpacks what the first bytes of the piece hold, and returns how many of them it took; the rest comes again, before what follows.
// -1: a match before the beginning. -2: the stream has ended too early.
exported("run") int run(u32 bytes, u32 last) {
  const u8 *end = input + bytes;
  u8 *out = &__heap_base;
  struct coder k = kept, *c = &k;
  c->in = input;
  if (!started) {
    if (bytes < header) return last && size ? -2 : 0;
    c->range = -1u;
    c->code = (u32)input[1] << 24 | input[2] << 16 | input[3] << 8 | input[4];
    c->in += header;
    started = 1;
  }
  while (n < size && (last || end - c->in >= symbol_max)) {
    u32 place = n & ((1 << pb) - 1);
    if (!bit(c, probs + is_match + (state << 4) + place)) {
      literal(c, out);
    } else {
      u32 count = match(c, place);
      if (rep0 >= n) return -1;
      if (count > size - n) count = size - n;
      u8 *to = out + n, *from = to - rep0 - 1;
      n += count;
      for (; count > 0; count--) *to++ = *from++;
    }
    if (c->in > end) return -2;
  }
  kept = k;
  return c->in - input;
}
