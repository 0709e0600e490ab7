// Runs firmware on the browser's own WebAssembly engine, for package emulator/wasm (engine_js.go). Calls of the SDK come back to the Go
// program by its export emu8266_host.
globalThis.emu8266Guest = {
  compile: bytes => new WebAssembly.Module(bytes),

  // make makes an instance of a module for the guest of that number. The names in finders begin those functions whose callers Go wants.
  make(module, id, finders) {
    const imports = {}
    const state = { failed: false, host: '', error: null, result: 0 } // host: the function of the SDK that ended the firmware
    WebAssembly.Module.imports(module).forEach(({ module: from, name }, n) => {
      const wanted = finders.some(finder => name.startsWith(finder))
      imports[from] ??= {}
      imports[from][name] = (a, b, c, d, e, f, g, h, i, j) => {
        const result = emu8266Exports.emu8266_host(id, n, wanted ? caller() : 0, a | 0, b | 0, c | 0, d | 0, e | 0, f | 0, g | 0, h | 0, i | 0, j | 0)
        if (state.failed) {
          state.failed = false
          state.host = name
          throw new Error('host')
        }
        return result
      }
    })
    const exports = new WebAssembly.Instance(module, imports).exports
    return {
      state,
      has: name => name in exports,
      reader(name) {
        const cell = exports[name]
        return () => cell.value
      },
      writer(name) {
        const cell = exports[name]
        return value => { cell.value = value }
      },
      memory: () => new Uint8Array(exports.memory.buffer),
      grow(pages) {
        try {
          exports.memory.grow(pages)
          return true
        } catch {
          return false
        }
      },
      call(name, ...args) {
        try {
          state.result = exports[name](...args) ?? 0
          return true
        } catch (error) {
          state.error = error
          return false
        }
      },
    }
  },
}

Error.stackTraceLimit = 50 // frames of firmware that a crash tells

// caller is where the innermost function of firmware is, an offset in the module; 0 if the browser does not tell.
function caller() {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 3
  const frame = /wasm-function\[\d+\]:0x([0-9a-f]+)/.exec(new Error().stack)
  Error.stackTraceLimit = limit
  return frame ? parseInt(frame[1], 16) : 0
}
