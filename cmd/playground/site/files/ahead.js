// Each run of one of the compiler's tools has new instances of the package's modules, which take a twentieth of a second or more: they have
// tens of thousands of functions. Those that need nothing but each other are made ahead here, while nobody waits for them. What the package
// calls, WebAssembly.instantiate, hands them out.
const enough = 3 // of a build: preprocess, compile, link

const instantiate = WebAssembly.instantiate
const plan = [] // what a run instantiates first: { module, needs }
let known = false // the plan is whole
const stock = [] // instances by the plan, of runs to come
let run = [], made = [] // this run's instances by the plan, and what was made ahead for it

// needs tells where imports come from: by module and name, the instance of this run and what it exports; null if from elsewhere.
function needs(imports = {}) {
  const all = Object.entries(imports).flatMap(([from, names]) => Object.entries(names).map(([name, what]) => {
    const at = run.findIndex(instance => Object.values(instance.exports).includes(what))
    return at < 0 ? null : [from, name, at, Object.entries(run[at].exports).find(([, export_]) => export_ === what)[0]]
  }))
  return all.includes(null) ? null : all
}

WebAssembly.instantiate = async (module, imports) => {
  if (!(module instanceof WebAssembly.Module)) return instantiate(module, imports)
  if (module === plan[0]?.module) {
    run = []
    made = stock.shift() ?? []
  }
  const step = plan[run.length], ready = step?.module === module && made[run.length]
  const wanted = ready || !known ? needs(imports) : null
  const instance = ready && String(wanted) === String(step.needs) ? ready : await instantiate(module, imports)
  if (!known) {
    if (wanted) plan.push({ module, needs: wanted })
    else known = plan.length > 0 // what comes before is no part of a run
  }
  if (plan[run.length]?.module === module) run.push(instance)
  return instance
}

// makeAhead makes what the next runs will need.
export async function makeAhead() {
  while (known && plan.length && stock.length < enough) {
    const list = []
    for (const { module, needs } of plan) {
      const imports = {}
      for (const [from, name, at, export_] of needs) (imports[from] ??= {})[name] = list[at].exports[export_]
      list.push(await instantiate(module, imports))
    }
    stock.push(list)
  }
}
