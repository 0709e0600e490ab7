package lx106

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// segment is what an ELF file puts at an address.
type segment struct {
	addr uint32
	data []byte
}

// writeELF returns an executable of 32 bits for Xtensa: QEMU loads its segments and starts at the core's reset vector.
func writeELF(segments []segment) []byte {
	const headerSize, programSize = 52, 32
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	put([16]byte{0x7F, 'E', 'L', 'F', 1, 1, 1})
	put([2]uint16{2, 94}) // executable, EM_XTENSA
	put([4]uint32{1, segments[0].addr, headerSize, 0})
	put(uint32(0x300))
	put([6]uint16{headerSize, programSize, uint16(len(segments)), 0, 0, 0})
	offset := uint32(headerSize + programSize*len(segments))
	for _, s := range segments {
		put([8]uint32{1, offset, s.addr, s.addr, uint32(len(s.data)), uint32(len(s.data)), 7, 4})
		offset += uint32(len(s.data))
	}
	for _, s := range segments {
		b.Write(s.data)
	}
	return b.Bytes()
}

// runQEMU runs an ELF file on QEMU's core of this name until it ends by itself, and returns what it has written.
func runQEMU(t *testing.T, qemu string, elf []byte) []byte {
	file := filepath.Join(t.TempDir(), "program.elf")
	require.NoError(t, os.WriteFile(file, elf, 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, qemu, "-cpu", "lx106", "-M", "sim", "-semihosting", "-display", "none", "-serial", "none",
		"-monitor", "none", "-kernel", file)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", stderr.Bytes())
	return out
}
