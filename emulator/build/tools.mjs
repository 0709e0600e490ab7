// Runs clang and wasm-ld of the npm package @yowasp/clang, which is both as WebAssembly over files in memory, for emu8266 build: in
// Node.js (node.mjs) and in a browser. Own text of emu8266, MIT licence.
//
// A disk has the files that the tools may see, by absolute paths: read(name) is a file's bytes, exists(name), list(name) what is in a
// folder: { name, folder, size }; real(name) names a folder by its one true path.

const fileMax = 4 << 20 // larger files are no sources
const filesMax = 20000

export function dirname(name) {
	return name.slice(0, name.lastIndexOf('/')) || '/'
}

function resolve(folder, what) {
	const out = []
	for (const part of (what.startsWith('/') ? what : folder + '/' + what).split('/'))
		if (part === '..')
			out.pop()
		else if (part && part !== '.')
			out.push(part)
	return '/' + out.join('/')
}

function parts(name) {
	return ['host', ...name.split('/').filter(Boolean)]
}

// A byte is a character here: sources need not be UTF-8.
function text(bytes) {
	let out = ''
	for (let i = 0; i < bytes.length; i += 8192)
		out += String.fromCharCode(...bytes.subarray(i, i + 8192))
	return out
}

function bytes(text) {
	return Uint8Array.from(text, c => c.charCodeAt(0))
}

function joined(list) {
	const out = new Uint8Array(list.reduce((n, b) => n + b.length, 0))
	let at = 0
	for (const b of list) {
		out.set(b, at)
		at += b.length
	}
	return out
}

const kept = 1000 // calls of clang's driver that are remembered
const outputHere = '\0' // in them, in place of the output's name

// The package starts clang twice: its driver, which only says what the compiler proper is to do (-###), and that. The driver says the same
// of the same arguments, but for the output's name: clangOf asks it once for each, and runs the compiler proper at once the next time.
function clangOf({ commands, runLLVM }) {
	const told = new Map() // the compiler proper's arguments, by the driver's
	return async (args, tree, options, output) => {
		const known = JSON.stringify(output ? args.map(a => a === '/host' + output ? outputHere : a) : args)
		if (!told.has(known)) {
			const said = []
			const keep = b => b && said.push(b.slice())
			try {
				await runLLVM(['clang', '-###', ...args], tree, { stdout: keep, stderr: keep, fetchProgress: () => {} })
			} catch {
				return commands.clang(args, tree, options) // which tells what is wrong
			}
			const lines = new TextDecoder().decode(joined(said)).split('\n').filter(line => line.startsWith(' "'))
			if (lines.length !== 1 || args.includes('-v')) // -v prints what the driver says
				return commands.clang(args, tree, options)
			const words = [...lines[0].matchAll(/"((?:[^"\\$]|\\["\\$])*)"/g)].map(m => m[1].replace(/\\(["\\$])/g, '$1'))
			if (told.size === kept)
				told.clear()
			told.set(known, words.filter((word, i) => i > 0 || word).map(word => output ? word.replaceAll('/host' + output, outputHere) : word))
		}
		return runLLVM(told.get(known).map(word => output ? word.replaceAll(outputHere, '/host' + output) : word), tree, options)
	}
}

// answerer returns the function that answers requests (PackageRequest), in order, with bytes where PackageAnswer has them. bundle is the
// package's module.
export function answerer(bundle, disk) {
	const clang = clangOf(bundle)
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

	function add(name) {
		folder(dirname(name))[name.slice(name.lastIndexOf('/') + 1)] = straight(name, disk.read(name))
	}

	// The package's files do not know "..": it leads nowhere instead of up. So includes with it get the absolute path of the file that
	// is meant.
	function straight(name, content) {
		if (!/\.(c|h|i)\w*$/i.test(name))
			return content
		const source = text(content)
		if (!source.includes('..'))
			return content
		return bytes(source.replace(/^([ \t]*#[ \t]*include[ \t]*)(["<])([^">\n]*)[">]/gm, (line, start, open, what) => {
			what = what.replaceAll('\\', '/')
			if (!what.split('/').includes('..'))
				return line
			const folders = open === '"' ? [dirname(name), ...searched] : searched
			const found = folders.map(f => resolve(f, what)).find(f => disk.exists(f))
			return found ? `${start}"/host${found}"` : line
		}))
	}

	// Adds all files below a folder, links followed but for those that lead back.
	function addFolder(name, above) {
		const real = disk.real(name)
		if (above.includes(real))
			return
		const into = folder(name)
		for (const entry of disk.list(name)) {
			const at = name + '/' + entry.name
			if (entry.name.startsWith('.') || entry.name === 'node_modules' || typeof into[entry.name]?.length === 'number')
				continue
			if (entry.folder) {
				addFolder(at, [...above, real])
			} else if (entry.size <= fileMax) {
				if (++count > filesMax)
					throw new Error(`more than ${filesMax} files below the folders that are searched for headers`)
				into[entry.name] = straight(at, disk.read(at))
				if (name.startsWith(shims)) // they name other headers by their absolute paths
					into[entry.name] = bytes(text(into[entry.name]).replace('#include "/', '#include "/host/'))
			}
		}
	}

	return async ({ tool, args, roots, files, output, ...request }) => {
		shims = request.shims ?? shims
		const said = { stdout: [], stderr: [] }
		const options = { stdout: b => b && said.stdout.push(b), stderr: b => b && said.stderr.push(b), decodeASCII: false, fetchProgress: () => {} }
		let code = 0
		let result
		try {
			searched = args.filter(a => a.startsWith('-I/host/')).map(a => a.slice('-I/host'.length))
			roots?.forEach(r => addFolder(r, []))
			files?.forEach(add)
			if (output) {
				const into = folder(dirname(output))
				delete into[output.slice(output.lastIndexOf('/') + 1)] // the package's files do not replace one that is there
				into['.keep'] = '' // an empty folder would vanish
			}
			result = await (tool === 'clang' ? clang(args, tree, options, output) : bundle.commands[tool](args, tree, options))
		} catch (e) {
			code = e.code || 1
			if (typeof e.code !== 'number')
				said.stderr.push(bytes(`${e.message}\n`))
		}
		const made = code || !output ? undefined : parts(output).reduce((at, part) => at?.[part], result)
		return { code, stdout: joined(said.stdout), stderr: joined(said.stderr), output: made }
	}
}
