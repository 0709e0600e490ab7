// The pins of firmware that has run: LEDs that show the levels at a moment of the run, and buttons. A press belongs to that moment; the run
// is repeated with it, from the start, in the device's own time.
const $ = id => document.getElementById(id)
const shownAlways = [0, 2, 4, 5, 12, 13, 14, 15, 16] // what boards lead out, but for the UART
const pressLong = 100 // ms

let list = [], presses = [], length = 0, say = () => '', again = null, playing = 0

// begin takes what runs the firmware again.
export function begin(run) {
  again = run
}

// forget drops the presses: there is other firmware.
export function forget() {
  presses = []
  hide()
}

export function hide() {
  stop()
  $('pins').hidden = true
}

// pressed are the presses that lie within a run of so many seconds.
export const pressed = seconds => presses.filter(p => p.ms + p.for <= seconds * 1000)

// show shows the pins of an answer. With buttons if the run can be repeated with presses.
export function show(pins, seconds, buttons, language) {
  stop()
  say = language
  length = seconds * 1000
  const numbers = new Set([...buttons ? shownAlways : [], ...pins.map(p => p.number)])
  list = [...numbers].sort((a, b) => a - b).map(number => {
    const pin = pins.find(p => p.number === number) ?? { number, changes: [] }
    const item = document.createElement('li'), led = document.createElement('span'), level = document.createElement('span')
    const name = document.createElement(buttons && !pin.output ? 'button' : 'b')
    name.textContent = 'GPIO' + number
    led.className = 'led'
    led.setAttribute('aria-hidden', 'true')
    if (name.tagName === 'BUTTON') name.onclick = () => press(number)
    item.append(led, name, level)
    return { ...pin, item, led, level }
  })
  $('pads').replaceChildren(...list.map(p => p.item))
  $('moment').max = String(length)
  $('press-help').hidden = !buttons
  write()
  at(Number($('moment').value))
  $('pins').hidden = !list.length
}

// high tells a pin's level at a moment, by the changes before it.
function high(pin, ms) {
  let from = 0, to = pin.changes.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (pin.changes[middle].ms <= ms) from = middle + 1
    else to = middle
  }
  return from > 0 && pin.changes[from - 1].high
}

function at(ms) {
  $('moment-text').textContent = (ms / 1000).toFixed(2) + ' s'
  for (const pin of list) {
    const on = high(pin, ms)
    pin.led.classList.toggle('on', on)
    pin.level.textContent = say(on ? 'high' : 'low')
  }
}

// write lists the presses; each can be taken away.
function write() {
  $('presses').replaceChildren(...presses.map(p => {
    const item = document.createElement('li'), button = document.createElement('button')
    button.textContent = say('unpress', p.pin, (p.ms / 1000).toFixed(2))
    button.onclick = () => {
      presses = presses.filter(x => x !== p)
      again()
    }
    item.append(button)
    return item
  }))
}

function press(pin) {
  stop()
  const ms = Math.max(0, Math.min(Number($('moment').value), length - pressLong))
  presses = [...presses, { pin, ms: Math.round(ms), for: pressLong }].sort((a, b) => a.ms - b.ms)
  again()
}

function stop() {
  cancelAnimationFrame(playing)
  playing = 0
  $('play').setAttribute('aria-pressed', 'false')
}

// play lets the time of the run pass as fast as that of a clock.
function play() {
  if (playing) return stop()
  const from = Number($('moment').value) >= length ? 0 : Number($('moment').value), began = performance.now()
  $('play').setAttribute('aria-pressed', 'true')
  const step = now => {
    const ms = Math.min(from + now - began, length)
    $('moment').value = String(ms)
    at(ms)
    if (ms < length) playing = requestAnimationFrame(step)
    else stop()
  }
  playing = requestAnimationFrame(step)
}

$('moment').oninput = () => {
  stop()
  at(Number($('moment').value))
}
$('play').onclick = play
