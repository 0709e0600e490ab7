// The worker runs the Go program. It gets {id, request} and sends {id, answer}, {id, said} while that goes on, and {ready} once.
importScripts('wasm_exec.js')

// The program opens the null device alone. Callbacks come later, as Go's loader for browsers demands.
const later = (callback, ...args) => setTimeout(() => callback(...args), 0)
const unknown = path => Object.assign(new Error(path + ' is not here'), { code: 'ENOENT' })
Object.assign(globalThis.fs, {
  open: (path, flags, mode, callback) => path === '/dev/null' ? later(callback, null, 9) : later(callback, unknown(path)),
  close: (fd, callback) => later(callback, null),
  write: (fd, bytes, offset, length, position, callback) => later(callback, null, length),
  writeSync: (fd, bytes) => {
    if (fd === 2) lastWords = (lastWords + new TextDecoder().decode(bytes)).slice(-4000)
    return bytes.length
  },
})

let lastWords = '' // of a program that ends
let current = 0
globalThis.emu8266Ready = () => postMessage({ ready: true })
globalThis.emu8266Said = said => postMessage({ id: current, said })
globalThis.emu8266Answer = answer => postMessage({ id: current, answer })
onmessage = ({ data }) => {
  current = data.id
  globalThis.emu8266Ask(data.request)
}

async function start() {
  const response = await fetch('emu8266.wasm.gz')
  if (!response.ok) throw new Error('emu8266.wasm.gz: ' + response.status)
  const total = Number(response.headers.get('Content-Length')) || 0
  let loaded = 0
  const counted = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.length
      postMessage({ loaded, total })
      controller.enqueue(chunk)
    },
  })
  const program = response.body.pipeThrough(counted).pipeThrough(new DecompressionStream('gzip'))
  const go = new Go()
  const { instance } = await WebAssembly.instantiateStreaming(
    new Response(program, { headers: { 'Content-Type': 'application/wasm' } }), go.importObject)
  await go.run(instance)
  throw new Error('the program has ended\n' + lastWords)
}

start().catch(error => postMessage({ failed: String(error.message || error) }))
