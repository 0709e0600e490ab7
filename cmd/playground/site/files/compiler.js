// The worker with the compiler for C: clang and lld of the npm package in the folder clang. It sends {loaded, total} while it loads, {ready:
// version} once, or {failed}. Each {port} it gets leads to a worker with the Go program, whose requests {id, request, files} it answers in
// order: {id, answer}. files are what that program's memory has for the tools: [path, bytes].
import { answerer } from './tools.mjs'
import './unpack.js'
import { makeAhead } from './ahead.js'

// The package asks for its .wasm by fetch; they lie compressed.
const plain = fetch
globalThis.fetch = async (what, options) => {
  const url = new URL(what.url ?? what, location.href)
  if (!url.pathname.endsWith('.wasm')) return plain(what, options)
  return unpacked(url.href, (loaded, total) => { if (total > 1e6) postMessage({ loaded, total }) })
}

// memory is the disk of tools.mjs over the files that were sent.
function memory(files) {
  return {
    read: name => files.get(name),
    exists: name => files.has(name),
    real: name => name,
    list: name => {
      const found = new Map()
      for (const [path, bytes] of files) {
        if (!path.startsWith(name + '/')) continue
        const [entry, ...below] = path.slice(name.length + 1).split('/')
        found.set(entry, { name: entry, folder: below.length > 0, size: bytes.length })
      }
      return [...found.values()]
    },
  }
}

async function load() {
  const bundle = await import('./clang/bundle.js')
  await bundle.commands.clang(null, {}, { fetchProgress: () => {} })
  onmessage = ({ data: { port } }) => {
    const files = new Map(), answer = answerer(bundle, memory(files))
    let last = Promise.resolve(), idle
    port.onmessage = ({ data }) => {
      clearTimeout(idle)
      last = last.then(async () => {
        for (const [path, bytes] of data.files) files.set(path, bytes)
        port.postMessage({ id: data.id, answer: await answer(data.request) })
        clearTimeout(idle)
        idle = setTimeout(makeAhead, 200) // the build's next tool comes before
      })
    }
  }
  postMessage({ ready: bundle.version })
}

load().catch(error => postMessage({ failed: String(error.message || error) }))
