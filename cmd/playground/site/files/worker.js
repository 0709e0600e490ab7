// The worker runs the Go program. It gets {id, request, data, capture} and sends {id, answer, page}, {id, said} while that goes on, and {ready}
// once; data, capture and page are bytes. {port, version} leads to the compiler's worker, when that is there. site.Build puts unpack.js and
// memory.js before this file, guest.js and Go's wasm_exec.js behind it: one request brings all.
const program = unpacked('emu8266.wasm', (loaded, total) => postMessage({ loaded, total }))

let lastWords = '' // of a program that ends
globalThis.fs = disk.fs
disk.fs.writeSync = (fd, bytes) => {
  if (fd === 2) lastWords = (lastWords + new TextDecoder().decode(bytes)).slice(-4000)
  return bytes.length
}

let current = 0
globalThis.emu8266Ready = () => postMessage({ ready: true })
globalThis.emu8266Said = said => postMessage({ id: current, said })
globalThis.emu8266Answer = (answer, page) => postMessage({ id: current, answer, page }, [page.buffer])

// What the program asks the compiler for: emu8266Compiler is its version, '' as long as there is none; emu8266Tool runs a tool.
globalThis.emu8266Compiler = ''
let compiler, asked = 0
const waiting = new Map()
globalThis.emu8266Tool = text => new Promise(resolve => {
  const request = JSON.parse(text)
  const files = [...request.roots ?? [], ...request.files ?? []].flatMap(path => disk.files(path))
  waiting.set(++asked, resolve)
  compiler.postMessage({ id: asked, request, files })
})

onmessage = ({ data }) => {
  if (data.port) {
    compiler = data.port
    globalThis.emu8266Compiler = data.version
    globalThis.emu8266Warm?.()
    compiler.onmessage = ({ data: { id, answer } }) => {
      waiting.get(id)(answer)
      waiting.delete(id)
    }
    return
  }
  current = data.id
  globalThis.emu8266Ask(data.request, data.data, data.capture)
}

async function start() {
  const packed = await program, go = new Go()
  const { instance } = await WebAssembly.instantiateStreaming(packed, go.importObject)
  globalThis.emu8266Exports = instance.exports
  await go.run(instance)
  throw new Error('the program has ended\n' + lastWords)
}

start().catch(error => postMessage({ failed: String(error.message || error) }))
