// The service worker keeps the page's files, so that it works without a network. Another version of the files has another name here. The
// compiler is kept when it was used.
const kept = 'emu8266-VERSION'
const files = ['./', 'index.html', 'style.css', 'page.js', 'c.js', 'pins.js', 'words.js', 'worker.js', 'unpack.js', 'unlzma.wasm', 'compiler.js',
  'ahead.js', 'tools.mjs', 'compiler.json', 'emu8266.wasmPACKED']

addEventListener('install', event => {
  event.waitUntil(caches.open(kept).then(cache => cache.addAll(files.map(file => new Request(file, { cache: 'no-cache' }))))
    .then(() => skipWaiting()))
})
addEventListener('activate', event => {
  event.waitUntil(caches.keys().then(names => Promise.all(names.filter(name => name.startsWith('emu8266-') && name !== kept)
    .map(name => caches.delete(name)))).then(() => clients.claim()))
})

async function answer(request) {
  const cache = await caches.open(kept)
  const found = await cache.match(request, { ignoreSearch: true })
  if (found) return found
  const response = await fetch(request)
  if (response.ok && new URL(request.url).pathname.includes('/clang/')) await cache.put(request, response.clone())
  return response
}

addEventListener('fetch', event => {
  if (event.request.method !== 'GET' || new URL(event.request.url).origin !== location.origin) return
  event.respondWith(answer(event.request))
})
