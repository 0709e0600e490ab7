// Runs the tools of the npm package in Node.js (tools.mjs), over the files of the disk. Arguments: the package's bundle.js. Each line on
// stdin is a request, each on stdout its answer, in order. Own text of emu8266, MIT licence.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { pathToFileURL } from 'node:url'
import { answerer } from './tools.mjs'

console.log = console.error // the package tells its progress; stdout is for answers
const bundle = await import(pathToFileURL(process.argv[2]))

function entry(folder, name) {
	const stat = fs.statSync(path.join(folder, name), { throwIfNoEntry: false })
	return stat && (stat.isDirectory() || stat.isFile()) ? [{ name, folder: stat.isDirectory(), size: stat.size }] : []
}

const answer = answerer(bundle, {
	read: name => fs.readFileSync(name),
	exists: name => fs.existsSync(name),
	list: name => fs.readdirSync(name).flatMap(n => entry(name, n)),
	real: name => fs.realpathSync(name),
})

const base64 = b => b && Buffer.from(b).toString('base64')

for await (const line of readline.createInterface({ input: process.stdin })) {
	const { code, stdout, stderr, output } = await answer(JSON.parse(line))
	process.stdout.write(JSON.stringify({ code, stdout: base64(stdout), stderr: base64(stderr), output: base64(output) }) + '\n')
}
