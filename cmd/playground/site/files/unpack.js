// Brings the page's programs, which lie compressed, so that any server will do: with gzip, or with LZMA, which takes a quarter less. What has
// come is unpacked, and what is unpacked the engine compiles, while the rest is on its way.
{
  const kind = 'PACKED', plain = fetch // site.Build writes the kind

  // unpacked is the program of a URL as a response; progress is told how many of its bytes have come.
  globalThis.unpacked = async (url, progress) => {
    const unpacker = kind === '.gz' ? null : plain('unlzma.wasm')
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
    const body = counted.pipeThrough(unpacker ? unlzma(await WebAssembly.compile(await (await unpacker).arrayBuffer()))
      : new DecompressionStream('gzip'))
    return new Response(body, { headers: { 'Content-Type': 'application/wasm' } })
  }
}

// unlzma is the transform stream that unpacks what site.Build has packed with xz, by unlzma/unlzma.c, whose module it gets. The content's
// size must stand in the header.
function unlzma(module) {
  const { memory, begin, piece, piece_size, run, made } = new WebAssembly.Instance(module).exports
  const header = new Uint8Array(13)
  let headed = 0, size = 0, content = 0, rest = 0, sent = 0 // rest: bytes of the piece that wait for what follows

  const open = () => {
    const view = new DataView(header.buffer)
    size = view.getUint32(5, true)
    content = view.getUint32(9, true) ? 0 : begin(header[0], size)
    if (!content) throw new Error('lzma: this is no header with a size')
  }
  const step = (bytes, last, out) => {
    const taken = run(bytes, last)
    if (taken < 0) throw new Error(taken === -1 ? 'lzma: a match before the beginning' : 'lzma: the end is missing')
    new Uint8Array(memory.buffer).copyWithin(piece(), piece() + taken, piece() + bytes)
    rest = bytes - taken
    if (made() > sent) out.enqueue(new Uint8Array(memory.buffer, content + sent, made() - sent).slice())
    sent = made()
  }
  return new TransformStream({
    transform(chunk, out) {
      let at = Math.min(header.length - headed, chunk.length)
      header.set(chunk.subarray(0, at), headed)
      headed += at
      if (at && headed === header.length) open()
      while (at < chunk.length && sent < size) {
        const some = chunk.subarray(at, at + piece_size() - rest)
        new Uint8Array(memory.buffer).set(some, piece() + rest)
        at += some.length
        step(rest + some.length, 0, out)
      }
    },
    flush(out) {
      if (headed < header.length) throw new Error('lzma: the end is missing')
      step(rest, 1, out)
    },
  })
}
