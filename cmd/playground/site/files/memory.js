// The files of the Go program: a tree in memory, with the functions of Node's fs that Go calls. Folders are Maps, files have bytes.
const disk = (() => {
  const root = new Map()
  const open = new Map() // by number: { node, at, append }
  let next = 10
  const failure = code => Object.assign(new Error(code), { code })
  const parts = path => path.split('/').filter(part => part && part !== '.')
  const isFolder = node => node instanceof Map

  // lookup returns what a path names; undefined if there is nothing.
  function lookup(path) {
    let node = root
    for (const part of parts(path)) {
      if (!isFolder(node)) return undefined
      node = part === '..' ? undefined : node.get(part)
    }
    return node
  }

  function need(path) {
    const node = lookup(path)
    if (!node) throw failure('ENOENT')
    return node
  }

  // place returns the folder that a path lies in, and its name there.
  function place(path) {
    const all = parts(path), name = all.pop()
    const folder = need(all.join('/'))
    if (!isFolder(folder)) throw failure('ENOTDIR')
    if (name === undefined || name === '..') throw failure('EINVAL')
    return [folder, name]
  }

  function stat(node) {
    const folder = isFolder(node), ms = Date.now()
    return {
      dev: 1, ino: 1, mode: folder ? 0o40755 : 0o100644, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, blocks: 1,
      size: folder ? 0 : node.bytes.length, atimeMs: ms, mtimeMs: ms, ctimeMs: ms, isDirectory: () => folder,
    }
  }

  function resize(node, length) {
    if (length === node.bytes.length) return
    const bytes = new Uint8Array(length)
    bytes.set(node.bytes.subarray(0, length))
    node.bytes = bytes
  }

  const O_WRONLY = 1, O_RDWR = 2, O_CREAT = 64, O_EXCL = 128, O_TRUNC = 512, O_APPEND = 1024, O_DIRECTORY = 65536
  const calls = {
    open(path, flags) {
      let node = lookup(path)
      if (!node && path === '/dev/null') node = { bytes: new Uint8Array(0), null: true }
      if (node && flags & O_CREAT && flags & O_EXCL) throw failure('EEXIST')
      if (!node) {
        if (!(flags & O_CREAT)) throw failure('ENOENT')
        const [folder, name] = place(path)
        folder.set(name, node = { bytes: new Uint8Array(0) })
      }
      if (!isFolder(node) && flags & O_DIRECTORY) throw failure('ENOTDIR')
      if (isFolder(node) && flags & (O_WRONLY | O_RDWR)) throw failure('EISDIR')
      if (flags & O_TRUNC) node.bytes = new Uint8Array(0)
      open.set(++next, { node, at: 0, append: flags & O_APPEND })
      return next
    },
    close(fd) { open.delete(fd) },
    read(fd, buffer, offset, length, position) {
      const file = open.get(fd)
      if (!file) throw failure('EBADF')
      if (isFolder(file.node)) throw failure('EISDIR')
      const from = position ?? file.at, piece = file.node.bytes.subarray(from, from + length)
      buffer.set(piece, offset)
      if (position === null) file.at += piece.length
      return piece.length
    },
    write(fd, buffer, offset, length, position) {
      const file = open.get(fd)
      if (!file) return length // of what the runtime says
      if (file.node.null) return length
      const at = position ?? (file.append ? file.node.bytes.length : file.at)
      if (at + length > file.node.bytes.length) resize(file.node, at + length)
      file.node.bytes.set(buffer.subarray(offset, offset + length), at)
      if (position === null) file.at = at + length
      return length
    },
    fstat(fd) {
      if (!open.has(fd)) throw failure('EBADF')
      return stat(open.get(fd).node)
    },
    stat: path => stat(need(path)),
    lstat: path => stat(need(path)),
    ftruncate(fd, length) { resize(open.get(fd).node, length) },
    truncate(path, length) { resize(need(path), length) },
    mkdir(path) {
      if (lookup(path)) throw failure('EEXIST')
      const [folder, name] = place(path)
      folder.set(name, new Map())
    },
    readdir(path) {
      const node = need(path)
      if (!isFolder(node)) throw failure('ENOTDIR')
      return [...node.keys()]
    },
    rename(from, to) {
      const node = need(from)
      const [oldFolder, oldName] = place(from), [folder, name] = place(to)
      if (isFolder(folder.get(name)) && folder.get(name).size) throw failure('ENOTEMPTY')
      oldFolder.delete(oldName)
      folder.set(name, node)
    },
    unlink(path) {
      if (isFolder(need(path))) throw failure('EISDIR')
      const [folder, name] = place(path)
      folder.delete(name)
    },
    rmdir(path) {
      const node = need(path)
      if (!isFolder(node)) throw failure('ENOTDIR')
      if (node.size) throw failure('ENOTEMPTY')
      const [folder, name] = place(path)
      folder.delete(name)
    },
    utimes(path) { need(path) },
    chmod() {}, fchmod() {}, chown() {}, fchown() {}, lchown() {}, fsync() {},
    link() { throw failure('ENOSYS') },
    symlink() { throw failure('ENOSYS') },
    readlink() { throw failure('EINVAL') },
  }

  const fs = { constants: { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_EXCL, O_DIRECTORY }, writeSync: (fd, bytes) => bytes.length }
  for (const [name, call] of Object.entries(calls)) {
    fs[name] = (...args) => {
      const callback = args.pop()
      let result
      try {
        result = call(...args)
      } catch (error) {
        return callback(error.code ? error : Object.assign(error, { code: 'EIO' }))
      }
      callback(null, result)
    }
  }
  root.set('tmp', new Map())

  // files lists the files below a path: [path, bytes].
  function files(path, node = lookup(path)) {
    if (!node) return []
    if (!isFolder(node)) return [[path, node.bytes]]
    return [...node].flatMap(([name, below]) => files(path + '/' + name, below))
  }
  return { fs, files }
})()
