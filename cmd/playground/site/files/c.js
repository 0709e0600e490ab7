// What the tab "In C" has beside the others: the compiler's worker, numbers of lines, and what is said of a line.
const $ = id => document.getElementById(id)

let worker, version = '', trouble = '', loaded = 0 // of the compiler; loaded in per cent
let there, page, changed = () => {}, say = () => '', shown = false, marks = []

// ready tells whether the compiler has arrived.
export const ready = () => version !== ''

// begin takes a function that is called when the compiler has arrived.
export function begin(whenChanged) {
  changed = whenChanged
}

// connect leads the Go program in a new worker to the compiler.
export function connect(program) {
  page = program
  if (ready()) join()
}

function join() {
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ port: port1 }, [port1])
  page.postMessage({ port: port2, version }, [port2])
}

// load starts the compiler, unless there is none or it was started.
async function load() {
  if (worker || trouble) return
  there ??= fetch('compiler.json').then(response => response.json()).then(what => what.version, () => '')
  if (!await there) return state()
  if (worker) return
  worker = new Worker('compiler.js', { type: 'module' })
  worker.onerror = event => heard({ failed: event.message })
  worker.onmessage = ({ data }) => heard(data)
  state()
}

function heard(message) {
  if (message.loaded) loaded = Math.floor(message.loaded * 100 / message.total)
  else if (message.ready) {
    version = message.ready
    if (page) join()
  } else {
    trouble = message.failed || '?'
    worker = null
  }
  state()
  changed()
}

// stop ends what the compiler does; it starts again.
export function stop() {
  if (!worker) return
  worker.terminate()
  worker = null
  version = ''
  load()
}

async function state() {
  $('compiler').hidden = !shown
  if (!shown) return
  if (ready()) $('compiler').textContent = say('compilerReady', version)
  else if (trouble) $('compiler').textContent = say('compilerBroken', trouble)
  else if (worker) $('compiler').textContent = say('compilerLoading', Math.min(loaded, 100))
  else if (there && !await there) $('compiler').textContent = say('compilerNone')
}

// show brings the numbers of lines and the compiler's state, or takes them away.
export function show(on, language) {
  shown = on
  say = language
  $('lines').hidden = !on
  if (on) {
    load()
    number()
  }
  state()
}

// number writes the numbers of the lines; those of which something is said stand out.
function number() {
  const count = $('text').value.split('\n').length
  $('lines').replaceChildren(...Array.from({ length: count }, (_, i) => {
    const line = document.createElement('span')
    line.textContent = i + 1 + '\n'
    if (marks.some(m => m.line === i + 1)) line.className = 'said'
    return line
  }))
  $('lines').scrollTop = $('text').scrollTop
}

// go puts the cursor on a line.
function go(line) {
  const text = $('text'), lines = text.value.split('\n')
  const start = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0)
  text.focus()
  text.setSelectionRange(start, start + (lines[line - 1] ?? '').length)
  text.scrollTop = (line - 4) * parseFloat(getComputedStyle(text).lineHeight)
}

// hints shows what an answer says of lines, and the repair that it offers.
export function hints(answer, language) {
  say = language
  marks = answer.places ?? []
  $('places').replaceChildren(...marks.map(({ line, text }) => {
    const item = document.createElement('li'), button = document.createElement('button'), head = document.createElement('b')
    head.textContent = say('line', line)
    button.append(head, ': ' + text)
    button.onclick = () => go(line)
    item.append(button)
    return item
  }))
  const repair = answer.repair
  $('repair').hidden = !repair
  if (repair) {
    $('apply').textContent = repair.old ? say('replace', repair.line, repair.new, repair.old) : say('putIn', repair.line, repair.new)
    $('apply').onclick = () => {
      $('text').value = repair.source
      $('text').dispatchEvent(new Event('input'))
      go(repair.line)
    }
  }
  $('hints').hidden = !marks.length && !repair
  $('figures').hidden = true
  if (shown) number()
}

// figures shows, beside the file, what the report of a run has of the buffer and of the heap, as it stands there.
export function figures(page) {
  const box = $('figures'), root = box.shadowRoot ?? box.attachShadow({ mode: 'open' })
  const report = new DOMParser().parseFromString(page ?? '', 'text/html')
  const parts = [...report.querySelectorAll('.buffer, .heap')], style = document.createElement('style')
  style.textContent = (report.querySelector('style')?.textContent ?? '').replaceAll(':root', ':host') +
    ':host { font-size: .9rem } h3 { font-size: 1rem; margin: .6rem 0 .3rem } p { margin: .3rem 0 } .bar { width: 9rem }'
  root.replaceChildren(style, ...parts)
  box.hidden = !parts.length
}

$('text').addEventListener('input', () => shown && number())
$('text').addEventListener('scroll', () => { $('lines').scrollTop = $('text').scrollTop })
