// Brings the page's programs, which lie compressed, so that any server will do: with gzip, or with LZMA, which takes a quarter less.
{
  const kind = 'PACKED', plain = fetch // site.Build writes the kind

  // unpacked is the program of a URL as a response; progress is told how many of its bytes have come.
  globalThis.unpacked = async (url, progress) => {
    const response = await plain(url + kind)
    if (!response.ok) throw new Error(url + kind + ': ' + response.status)
    const total = Number(response.headers.get('Content-Length')) || 0
    let loaded = 0
    const counted = response.body.pipeThrough(new TransformStream({
      transform(chunk, controller) {
        loaded += chunk.length
        progress(loaded, total)
        controller.enqueue(chunk)
      },
    }))
    const body = kind === '.gz' ? counted.pipeThrough(new DecompressionStream('gzip'))
      : unlzma(new Uint8Array(await new Response(counted).arrayBuffer()))
    return new Response(body, { headers: { 'Content-Type': 'application/wasm' } })
  }
}

// unlzma unpacks what xz --format=lzma made, as the LZMA specification of Igor Pavlov's SDK tells: a header of 13 bytes (properties, size of
// the dictionary, size of the content) and one stream of a range coder. The content's size must stand in the header: site.Build writes it.
function unlzma(input) {
  const header = new DataView(input.buffer, input.byteOffset)
  const lc = input[0] % 9, lp = Math.floor(input[0] / 9) % 5, pb = Math.floor(input[0] / 45)
  const size = header.getUint32(5, true)
  if (pb > 4 || header.getUint32(9, true) !== 0) throw new Error('lzma: this is no header with a size')
  const out = new Uint8Array(size)

  // Probabilities of a 0 in 2048ths, and where those of each kind begin.
  const isMatch = 0, isRep = 192, isRep0 = 204, isRep1 = 216, isRep2 = 228, isRep0Long = 240, slots = 432, far = 688, align = 802,
    lengths = 818, repLengths = 1332, literals = 1846
  const probs = new Uint16Array(literals + (768 << lc + lp)).fill(1024)

  let at = 18, state = 0, n = 0, rep0 = 0, rep1 = 0, rep2 = 0, rep3 = 0
  const coder = new Int32Array([-1, header.getInt32(14)]) // range and code, of 32 bits without a sign

  const bit = i => {
    const p = probs[i], range = coder[0], code = coder[1], bound = Math.imul(range >>> 11, p)
    if ((code ^ 0x80000000) < (bound ^ 0x80000000)) { // so numbers without a sign are compared: it is faster than a >>> 0
      probs[i] = p + (2048 - p >> 5)
      if ((bound & 0xff000000) === 0) {
        coder[0] = bound << 8
        coder[1] = code << 8 | input[at++]
      } else coder[0] = bound
      return 0
    }
    const next = range - bound | 0, rest = code - bound | 0
    probs[i] = p - (p >> 5)
    if ((next & 0xff000000) === 0) {
      coder[0] = next << 8
      coder[1] = rest << 8 | input[at++]
    } else {
      coder[0] = next
      coder[1] = rest
    }
    return 1
  }
  const tree = (from, bits) => {
    let m = 1
    for (let i = bits; i > 0; i--) m = m << 1 | bit(from + m)
    return m - (1 << bits)
  }
  const reverse = (from, bits) => {
    let m = 1, found = 0
    for (let i = 0; i < bits; i++) {
      const b = bit(from + m)
      m = m << 1 | b
      found |= b << i
    }
    return found
  }
  const direct = bits => {
    let found = 0
    for (; bits > 0; bits--) {
      const range = coder[0] >>> 1
      let code = coder[1]
      const b = (code ^ 0x80000000) >= (range ^ 0x80000000) ? 1 : 0
      if (b) code = code - range | 0
      found = found << 1 | b
      if (range < 0x1000000) {
        coder[0] = range << 8
        coder[1] = code << 8 | input[at++]
      } else {
        coder[0] = range
        coder[1] = code
      }
    }
    return found
  }
  const length = (from, place) => {
    if (!bit(from)) return 2 + tree(from + 2 + (place << 3), 3)
    if (!bit(from + 1)) return 10 + tree(from + 130 + (place << 3), 3)
    return 18 + tree(from + 258, 8)
  }
  const distance = length => {
    const slot = tree(slots + (Math.min(length - 2, 3) << 6), 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1, high = (2 | slot & 1) << bits
    if (slot < 14) return high + reverse(far + high - slot - 1, bits)
    return high + (direct(bits - 4) << 4) + reverse(align, 4)
  }

  while (n < size) {
    const place = n & (1 << pb) - 1
    if (!bit(isMatch + (state << 4) + place)) {
      const before = n ? out[n - 1] : 0
      const from = literals + 768 * (((n & (1 << lp) - 1) << lc) + (before >> 8 - lc))
      let m = 1
      if (state >= 7) { // after a match: the byte that the match would have brought next tells much
        let like = out[n - rep0 - 1]
        while (m < 256) {
          const b = like >> 7 & 1, found = bit(from + (1 + b << 8) + m)
          like <<= 1
          m = m << 1 | found
          if (found !== b) break
        }
      }
      while (m < 256) m = m << 1 | bit(from + m)
      out[n++] = m
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
      continue
    }
    let count
    if (!bit(isRep + state)) {
      rep3 = rep2
      rep2 = rep1
      rep1 = rep0
      count = length(lengths, place)
      rep0 = distance(count)
      state = state < 7 ? 7 : 10
    } else {
      if (!bit(isRep0 + state)) {
        if (!bit(isRep0Long + (state << 4) + place)) {
          out[n] = out[n - rep0 - 1]
          n++
          state = state < 7 ? 9 : 11
          continue
        }
      } else {
        let d = rep1
        if (bit(isRep1 + state)) {
          d = rep2
          if (bit(isRep2 + state)) {
            d = rep3
            rep3 = rep2
          }
          rep2 = rep1
        }
        rep1 = rep0
        rep0 = d
      }
      count = length(repLengths, place)
      state = state < 7 ? 8 : 11
    }
    if (rep0 < 0 || rep0 >= n) throw new Error('lzma: a match before the beginning')
    for (const end = Math.min(n + count, size); n < end; n++) out[n] = out[n - rep0 - 1]
    if (at > input.length) break
  }
  if (at > input.length) throw new Error('lzma: the end is missing')
  return out
}
