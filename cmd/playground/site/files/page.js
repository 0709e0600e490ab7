import { words } from './words.js'
import * as c from './c.js'
import * as pins from './pins.js'

const $ = id => document.getElementById(id)
const linkMax = 30000 // of an address that browsers and messengers take

// What the user sees: the tab, its texts and files, and what came of the last request.
const state = { tab: 'lesson', texts: {}, picked: {}, files: {}, library: null, language: 'en', page: '' }
const tabs = ['lesson', 'exercise', 'c', 'scenario', 'chain', 'decode', 'report', 'run']
const lists = { lesson: 'lessons', exercise: 'exercises', c: 'in_c', scenario: 'scenarios' } // of the library
const kinds = [[/\.(jsonl|pcap(ng)?)$/i, 'report'], [/\.(wasm|elf|out)$/i, 'run'], [/\.(pem|crt|cer)$/i, 'chain']] // of files
const verbs = { lesson: 'scenario', exercise: 'check', c: 'c', scenario: 'scenario', chain: 'chain', decode: 'decode', report: 'report', run: 'run' }

// say returns a text in the page's language, with figures put in.
function say(name, ...values) {
  let text = words[state.language][name]
  for (const value of values) text = text.replace(/%[ds]/, () => value)
  return text
}

// The worker, and the request that it works on.
let worker, ready = false, busy = null, count = 0

function startWorker() {
  ready = false
  worker?.terminate()
  worker = new Worker('worker.js')
  worker.onmessage = ({ data }) => heard(data)
  worker.onerror = event => heard({ failed: event.message })
  c.connect(worker)
  buttons()
}

function heard(message) {
  if (message.ready) {
    ready = true
    status(say('ready'))
    keep()
    if (!state.library) library()
    else buttons()
  } else if (message.loaded) {
    if (!ready) status(say('loading', message.total ? Math.floor(message.loaded * 100 / message.total) : Math.floor(message.loaded / 50000)))
  } else if (message.failed !== undefined) {
    ready = false
    busy = null
    status(say('broken', message.failed), true)
    buttons()
  } else if (busy && message.id === busy.id) {
    if (message.said !== undefined) busy.said(message.said)
    if (message.answer !== undefined) {
      const { done } = busy
      busy = null
      done({ ...JSON.parse(message.answer), page: new TextDecoder().decode(message.page) })
      buttons()
    }
  }
}

// keep has the service worker keep the page's files, once the page works: before, it would take them from it.
function keep() {
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('sw.js').catch(() => {})
}

// library asks for what can be played, in the page's language.
function library() {
  ask({ verb: 'library' }, answer => {
    const script = state.library?.lessons.find(x => x.name === state.picked.lesson)?.script
    if (state.texts.lesson === script) delete state.texts.lesson // it was not changed
    state.library = answer.lists
    fill()
  })
}

function ask(request, done, said = () => {}) {
  busy = { id: ++count, done, said }
  const { data, capture, ...rest } = request
  worker.postMessage({ id: busy.id, request: JSON.stringify({ ...rest, language: state.language }), data, capture })
  buttons()
}

function status(text, bad = false) {
  $('state').textContent = text
  $('state').classList.toggle('bad', bad)
}

function buttons() {
  $('go').disabled = !ready || !!busy || !state.library || state.tab === 'c' && changed() && !c.ready()
  $('stop').disabled = !busy || !state.library
}

// picked is what the tab's list has chosen; changed tells whether its text is another by now.
function picked() {
  return state.library?.[lists[state.tab]]?.find(x => x.name === state.picked[state.tab])
}
const changed = () => $('text').value !== picked()?.script

// base64 of bytes, in pieces that the call stack takes.
function base64(bytes) {
  let text = ''
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768))
  return btoa(text)
}

// run asks what the tab is for and shows the answer.
async function run() {
  const tab = state.tab, request = { verb: verbs[tab], name: name(), profile: $('profile').value }
  if (tab === 'report' || tab === 'run') {
    const files = state.files[tab] ?? []
    const main = files.find(f => tab !== 'report' || !/\.pcap(ng)?$/i.test(f.name))
    if (!main) return status(say('noFile'), true)
    request.data = main.bytes
    request.name = main.name
    const capture = files.find(f => f !== main && /\.pcap(ng)?$/i.test(f.name))
    if (capture) request.capture = capture.bytes
    if (tab === 'run') {
      request.seconds = Number($('seconds').value) || 30
      if ($('text').value.trim()) Object.assign(request, { verb: 'scenario', text: $('text').value })
      else request.presses = pins.pressed(request.seconds)
    }
  } else request.text = $('text').value
  const began = performance.now()
  let live = ''
  show('', '')
  c.hints({}, say)
  pins.hide()
  status(say('working', ''))
  ask(request, answer => {
    const text = live && !answer.failed ? live + (live.endsWith('\n') ? '' : '\n') + '\n' + answer.text : live + answer.text
    show(text + (answer.warnings ? '\n' + say('warnings') + '\n' + answer.warnings : ''), answer.page ?? '')
    if (tab === state.tab) {
      c.hints(answer, say)
      if (tab === 'c') c.figures(answer.page)
      if (tab === 'run' && !answer.failed) {
        const alone = request.verb === 'run', last = (answer.pins ?? []).reduce((ms, p) => Math.max(ms, p.changes.at(-1).ms), 0)
        pins.show(answer.pins ?? [], alone ? request.seconds : Math.ceil(last / 1000), alone, say)
      }
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    status((answer.failed ? say('failed') + ', ' : '') + say('done', seconds), answer.failed)
  }, said => {
    if (said.endsWith('\r')) return status(say('working', said.trim()))
    live = (live + said).slice(-200000)
    $('out').textContent = live
  })
}

function name() {
  if (lists[state.tab]) return state.picked[state.tab] ?? state.tab
  return state.tab === 'chain' ? 'chain.pem' : state.tab
}

function show(text, page) {
  state.page = page
  $('out').textContent = text
  $('report').srcdoc = page
  $('view-page').disabled = !page
  $('save').hidden = !page
  if ($('save').href.startsWith('blob:')) URL.revokeObjectURL($('save').href)
  if (page) $('save').href = URL.createObjectURL(new Blob([page], { type: 'text/html' }))
  view(page && state.tab !== 'decode' && !lists[state.tab] ? 'page' : 'text')
}

function view(which) {
  for (const v of ['text', 'page']) {
    $(v + '-view').hidden = v !== which
    $('view-' + v).setAttribute('aria-selected', String(v === which))
  }
}

// lessonPage shows a lesson's Markdown: paragraphs, bold and code are all that lessons have.
function lessonPage(text) {
  const out = $('page')
  out.replaceChildren()
  for (const part of text.split(/\n\n+/)) {
    let block
    if (part.startsWith('```')) {
      block = document.createElement('pre')
      block.textContent = part.replace(/^```\w*\n?/, '').replace(/\n?```$/, '')
    } else if (part.startsWith('- ')) {
      block = document.createElement('ul')
      for (const item of part.slice(2).split(/\n- /)) block.append(prose('li', item))
    } else block = prose('p', part)
    out.append(block)
  }
}

// prose is an element with a piece of Markdown in it.
function prose(kind, part) {
  const block = document.createElement(kind)
  for (const bit of part.replace(/\s+/g, ' ').split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)]+\))/)) {
    const strong = bit.match(/^\*\*(.+)\*\*$/), code = bit.match(/^`(.+)`$/), link = bit.match(/^\[(.+)\]\(.+\)$/)
    if (strong || code) {
      const element = document.createElement(strong ? 'strong' : 'code')
      element.textContent = (strong ?? code)[1]
      block.append(element)
    } else block.append(link ? link[1] : bit)
  }
  return block
}

// fill puts the tab's things on the screen.
function fill() {
  const tab = state.tab
  document.documentElement.lang = state.language === 'zh' ? 'zh-CN' : 'en'
  document.title = say('title')
  for (const element of document.querySelectorAll('[data-say]')) element.textContent = say(element.dataset.say)
  for (const element of document.querySelectorAll('[data-name]')) element.title = say(element.dataset.name)
  for (const t of tabs) {
    $('tab-' + t).setAttribute('aria-selected', String(t === tab))
    $('tab-' + t).tabIndex = t === tab ? 0 : -1
  }
  $('ask').setAttribute('aria-labelledby', 'tab-' + tab)
  $('intro').textContent = say('intro' + tab[0].toUpperCase() + tab.slice(1))
  const list = lists[tab] ? state.library?.[lists[tab]] : null
  $('pick-label').hidden = !list
  if (list) {
    $('pick-name').textContent = say(tab === 'scenario' ? 'pickScenario' : 'pickLesson')
    $('pick').replaceChildren(...list.map(x => new Option(tab === 'scenario' ? x.name + ': ' + x.title : x.title, x.name)))
    state.picked[tab] ??= list[0].name
    $('pick').value = state.picked[tab]
    const found = picked()
    state.texts[tab] ??= found?.script ?? ''
    $('page').hidden = tab === 'scenario'
    if (tab !== 'scenario') lessonPage(found?.page ?? found?.task ?? '')
  } else $('page').hidden = true
  $('text').value = state.texts[tab] ?? ''
  $('text').hidden = $('text-label').hidden = tab === 'report'
  $('text-label').textContent = say({ chain: 'textChain', decode: 'textDecode', c: 'textC' }[tab] ?? 'textScript')
  c.show(tab === 'c', say)
  $('drop').hidden = !!lists[tab]
  $('file-name').textContent = (state.files[tab] ?? []).map(f => f.name).join(', ')
  $('profile-label').hidden = !!lists[tab] || tab === 'report'
  $('seconds-label').hidden = tab !== 'run'
  $('share').hidden = tab === 'report' || tab === 'run'
  if (state.library && $('profile').options.length === 1) $('profile').append(...state.library.profiles.map(p => new Option(p, p)))
  buttons()
}

function choose(tab) {
  if (tab === state.tab || !tabs.includes(tab)) return
  state.texts[state.tab] = $('text').value
  state.tab = tab
  c.hints({}, say)
  pins.hide()
  $('shared').textContent = ''
  fill()
}

// take reads files that were dropped or chosen.
async function take(list) {
  const tab = state.tab, files = []
  for (const f of list) files.push({ name: f.name, bytes: new Uint8Array(await f.arrayBuffer()) })
  if (!files.length) return
  if (tab === 'chain' || tab === 'decode') {
    state.texts[tab] = new TextDecoder().decode(files[0].bytes)
    fill()
  } else {
    state.files[tab] = files
    pins.forget()
    fill()
  }
  if (!$('go').disabled) run()
}

// A link holds the tab, the pick and the text, packed: nothing of it is sent to a server.
async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  const parts = []
  for (let n = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return new TextDecoder().decode(new Uint8Array(await new Blob(parts).arrayBuffer()))
    parts.push(value)
    if ((n += value.length) > 1 << 20) throw new Error('too long')
  }
}

async function share() {
  const what = { tab: state.tab, pick: state.picked[state.tab], text: $('text').value, lang: state.language }
  const hash = await packed(JSON.stringify(what))
  if (hash.length > linkMax) return void ($('shared').textContent = say('tooLong'))
  history.replaceState(null, '', '#' + hash)
  try {
    await navigator.clipboard.writeText(location.href)
    $('shared').textContent = say('copied')
  } catch {
    $('shared').textContent = say('linkHere')
  }
}

async function fromLink() {
  if (location.hash.length < 2 || location.hash.length > linkMax + 1) return
  try {
    const what = JSON.parse(await unpacked(location.hash.slice(1)))
    if (!tabs.includes(what.tab)) return
    state.tab = what.tab
    if (words[what.lang]) state.language = what.lang
    if (typeof what.pick === 'string') state.picked[what.tab] = what.pick
    if (typeof what.text === 'string') state.texts[what.tab] = what.text
  } catch {
    // a link that says nothing is as none
  }
}

for (const tab of tabs) $('tab-' + tab).onclick = () => choose(tab)
document.querySelector('.tabs').onkeydown = event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (!step) return
  choose(tabs[(tabs.indexOf(state.tab) + step + tabs.length) % tabs.length])
  $('tab-' + state.tab).focus()
}
$('pick').onchange = () => {
  state.picked[state.tab] = $('pick').value
  delete state.texts[state.tab]
  c.hints({}, say)
  fill()
}
$('text').oninput = () => {
  state.texts[state.tab] = $('text').value
  if (state.tab === 'c') c.hints({}, say)
  buttons()
}
$('text').onkeydown = event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !$('go').disabled) run()
}
$('lang').onchange = () => {
  state.language = $('lang').value
  fill()
  if (ready && !busy) library()
  status(ready ? say('ready') : '')
}
$('go').onclick = run
$('stop').onclick = () => {
  if (state.tab === 'c') c.stop()
  busy = null
  startWorker()
  status(say('stopped'))
}
$('share').onclick = share
$('view-text').onclick = () => view('text')
$('view-page').onclick = () => view('page')
$('file').onchange = async () => {
  await take($('file').files)
  $('file').value = '' // the same file, built anew, may be chosen again
}
$('drop').ondragover = event => { event.preventDefault(); $('drop').classList.add('over') }
$('drop').ondragleave = () => $('drop').classList.remove('over')
// A file that is dropped beside the field would replace the page: it goes where its kind belongs.
document.ondragover = event => event.preventDefault()
document.ondrop = event => {
  event.preventDefault()
  $('drop').classList.remove('over')
  const [first] = event.dataTransfer.files
  if (!first || busy) return
  if (!$('drop').contains(event.target)) choose(kinds.find(([ends]) => ends.test(first.name))?.[1] ?? 'decode')
  take(event.dataTransfer.files)
}

state.language = (new URLSearchParams(location.search).get('lang') ?? navigator.language).startsWith('zh') ? 'zh' : 'en'
await fromLink()
$('lang').value = state.language
fill()
show('', '')
c.begin(buttons)
pins.begin(run)
startWorker()
