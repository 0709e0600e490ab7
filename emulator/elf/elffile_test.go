package elf_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// elfFile is an ELF file in the making. Zero values are those of firmware.
type elfFile struct {
	machine  elf.Machine // 0: Xtensa
	kind     elf.Type    // 0: a program
	big      bool        // the highest byte first
	pieces   []elfPiece
	symbols  []elfSymbol
	stripped bool // no table of symbols
}

type elfPiece struct {
	addr uint32
	data []byte
	size uint32 // in memory, if it is more than data
}

type elfSymbol struct {
	name string
	addr uint32
	kind elf.SymType
	size uint32
}

// program is a file with what each program has: user_init, which returns.
func program(symbols ...elfSymbol) elfFile {
	return elfFile{
		pieces:  []elfPiece{{0x40210000, []byte{0x80, 0, 0, 0}, 0}}, // ret
		symbols: append([]elfSymbol{{"user_init", 0x40210000, elf.STT_FUNC, 3}}, symbols...),
	}
}

// bytes makes the file: headers, segments, then the sections of the symbols.
func (f elfFile) bytes() []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	ident := [elf.EI_NIDENT]byte{0x7F, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), 1}
	if f.big {
		order, ident[elf.EI_DATA] = binary.BigEndian, byte(elf.ELFDATA2MSB)
	}
	if f.machine == 0 {
		f.machine = elf.EM_XTENSA
	}
	if f.kind == 0 {
		f.kind = elf.ET_EXEC
	}
	const header, segment, section, entry = 52, 32, 40, 16
	var body bytes.Buffer
	at := func() uint32 { return header + uint32(len(f.pieces))*segment + uint32(body.Len()) }
	var segments []elf.Prog32
	for _, p := range f.pieces {
		segments = append(segments, elf.Prog32{Type: uint32(elf.PT_LOAD), Off: at(), Vaddr: p.addr, Paddr: p.addr,
			Filesz: uint32(len(p.data)), Memsz: max(p.size, uint32(len(p.data))), Flags: 7})
		body.Write(p.data)
	}
	sections := []elf.Section32{{}}
	var names bytes.Buffer
	names.WriteByte(0)
	if !f.stripped {
		table := make([]byte, entry)
		for _, s := range f.symbols {
			var b bytes.Buffer
			_ = binary.Write(&b, order, elf.Sym32{Name: uint32(names.Len()), Value: s.addr, Size: s.size,
				Info: byte(elf.STB_GLOBAL)<<4 | byte(s.kind), Shndx: uint16(elf.SHN_ABS)})
			table = append(table, b.Bytes()...)
			names.WriteString(s.name + "\x00")
		}
		sections = append(sections, elf.Section32{Type: uint32(elf.SHT_SYMTAB), Off: at(), Size: uint32(len(table)), Link: 2,
			Entsize: entry})
		body.Write(table)
	}
	text := len(sections)
	sections = append(sections, elf.Section32{Type: uint32(elf.SHT_STRTAB), Off: at(), Size: uint32(names.Len())})
	body.Write(names.Bytes())
	var out bytes.Buffer
	_ = binary.Write(&out, order, elf.Header32{Ident: ident, Type: uint16(f.kind), Machine: uint16(f.machine), Version: 1, Phoff: header,
		Shoff: at(), Ehsize: header, Phentsize: segment, Phnum: uint16(len(f.pieces)), Shentsize: section, Shnum: uint16(len(sections)),
		Shstrndx: uint16(text)})
	_ = binary.Write(&out, order, segments)
	out.Write(body.Bytes())
	_ = binary.Write(&out, order, sections)
	return out.Bytes()
}
