// The service worker keeps the page's files, so that it works without a network. Another version of the files has another name here.
const kept = 'emu8266-VERSION'
const files = ['./', 'index.html', 'style.css', 'page.js', 'words.js', 'worker.js', 'wasm_exec.js', 'emu8266.wasm.gz']

addEventListener('install', event => {
  event.waitUntil(caches.open(kept).then(cache => cache.addAll(files.map(file => new Request(file, { cache: 'no-cache' }))))
    .then(() => skipWaiting()))
})
addEventListener('activate', event => {
  event.waitUntil(caches.keys().then(names => Promise.all(names.filter(name => name.startsWith('emu8266-') && name !== kept)
    .map(name => caches.delete(name)))).then(() => clients.claim()))
})
addEventListener('fetch', event => {
  if (event.request.method !== 'GET' || new URL(event.request.url).origin !== location.origin) return
  event.respondWith(caches.open(kept).then(cache => cache.match(event.request, { ignoreSearch: true }))
    .then(found => found || fetch(event.request)))
})
