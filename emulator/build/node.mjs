// Runs clang and wasm-ld of the npm package @yowasp/clang, which is both as WebAssembly over files in memory, for emu8266
// build. Arguments: the package's bundle.js. Each line on stdin is a request, each on stdout its answer, in order.
// Own text of emu8266, MIT licence.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { pathToFileURL } from 'node:url'

const fileMax = 4 << 20 // larger files are no sources
const filesMax = 20000

console.log = console.error // the package tells its progress; stdout is for answers
const { commands } = await import(pathToFileURL(process.argv[2]))
const tree = {} // what the tools see: the disk's folders below "host", because /tmp is a place of its own in there
let shims = ''
let searched = [] // the folders of -I, as the disk has them
let count = 0

function folder(name) {
	let at = tree
	for (const part of parts(name))
		at = at[part] ??= {}
	return at
}

function parts(name) {
	return ['host', ...name.split('/').filter(Boolean)]
}

function add(name) {
	folder(path.posix.dirname(name))[path.posix.basename(name)] = straight(name, fs.readFileSync(name))
}

// The package's files do not know "..": it leads nowhere instead of up. So includes with it get the absolute path of the file that is meant.
function straight(name, text) {
	if (!text.includes('..') || !/\.(c|h|i)\w*$/i.test(name))
		return text
	return Buffer.from(text.toString('latin1').replace(/^([ \t]*#[ \t]*include[ \t]*)(["<])([^">\n]*)[">]/gm, (line, start, open, what) => {
		what = what.replaceAll('\\', '/')
		if (!what.split('/').includes('..'))
			return line
		const folders = open === '"' ? [path.posix.dirname(name), ...searched] : searched
		const found = folders.map(f => path.posix.resolve(f, what)).find(f => fs.existsSync(f))
		return found ? `${start}"/host${found}"` : line
	}), 'latin1')
}

// Adds all files below a folder, links followed but for those that lead back.
function addFolder(name, above) {
	const real = fs.realpathSync(name)
	if (above.includes(real))
		return
	const into = folder(name)
	for (const entry of fs.readdirSync(name)) {
		const at = path.posix.join(name, entry)
		if (entry.startsWith('.') || entry === 'node_modules' || typeof into[entry]?.length === 'number')
			continue
		const stat = fs.statSync(at, { throwIfNoEntry: false })
		if (stat?.isDirectory()) {
			addFolder(at, [...above, real])
		} else if (stat?.isFile() && stat.size <= fileMax) {
			if (++count > filesMax)
				throw new Error(`more than ${filesMax} files below the folders that are searched for headers`)
			into[entry] = straight(at, fs.readFileSync(at))
			if (name.startsWith(shims)) // they name other headers by their absolute paths
				into[entry] = into[entry].toString().replace('#include "/', '#include "/host/')
		}
	}
}

async function answer({ tool, args, roots, files, output, ...request }) {
	shims = request.shims ?? shims
	const said = { stdout: [], stderr: [] }
	const options = { stdout: b => b && said.stdout.push(b), stderr: b => b && said.stderr.push(b) }
	let code = 0
	let result
	try {
		searched = args.filter(a => a.startsWith('-I/host/')).map(a => a.slice('-I/host'.length))
		roots?.forEach(r => addFolder(r, []))
		files?.forEach(add)
		if (output) // an empty folder would vanish
			folder(path.posix.dirname(output))['.keep'] = ''
		result = await commands[tool](args, tree, options)
	} catch (e) {
		code = e.code || 1
		if (typeof e.code !== 'number')
			said.stderr.push(Buffer.from(`${e.message}\n`))
	}
	const made = code || !output ? undefined : parts(output).reduce((at, part) => at?.[part], result)
	const text = list => Buffer.concat(list).toString('base64')
	return { code, stdout: text(said.stdout), stderr: text(said.stderr), output: made && Buffer.from(made).toString('base64') }
}

for await (const line of readline.createInterface({ input: process.stdin }))
	process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
