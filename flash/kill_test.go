package flash_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

// killChildEnv makes the test binary the process that is killed: "PATH|SEED|OPERATIONS".
const killChildEnv = "EMU8266_FLASH_KILL_CHILD"

const killSize = 256 << 10

// killOp draws one operation: a write of 4 to 4,096 bytes, or one time in eight an erasure (data nil).
func killOp(rng *rand.Rand) (addr uint32, data []byte) {
	if rng.IntN(8) == 0 {
		return uint32(rng.IntN(killSize/flash.SectorSize)) * flash.SectorSize, nil
	}
	data = make([]byte, 4*(1+rng.IntN(1024)))
	for i := range data {
		data[i] = mostlyOnes(rng)
	}
	return uint32(4 * rng.IntN((killSize-len(data))/4+1)), data
}

// killChild works on the image and reports each operation that has returned with one byte on stdout.
func killChild(spec string) {
	var seed uint64
	var operations int
	path, rest, _ := bytes.Cut([]byte(spec), []byte("|"))
	if _, err := fmt.Sscanf(string(rest), "%d|%d", &seed, &operations); err != nil {
		panic(err)
	}
	c, err := flash.Open(string(path), killSize)
	if err != nil {
		panic(err)
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	for range operations {
		if addr, data := killOp(rng); data != nil {
			err = c.Write(addr, data)
		} else {
			err = c.EraseSector(addr / flash.SectorSize)
		}
		if err != nil {
			panic(err)
		}
		if _, err := os.Stdout.Write([]byte{1}); err != nil {
			panic(err)
		}
	}
}

// The process behind a chip in a file is killed in the middle of its work: the image holds every operation that had
// returned, at most a part of the next one, and nothing else. 5 times in 2,000 operations; -long: 50 times in 10,000.
func TestKilledProcessLeavesWholeSteps(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL")
	}
	kills, operations := 5, 2_000
	if *long {
		kills, operations = 50, 10_000
	}
	within, between := 0, 0
	for i := range kills {
		seed := rand.Uint64()
		path := filepath.Join(t.TempDir(), fmt.Sprintf("flash%d.bin", i))
		done := runAndKill(t, path, seed, operations, rand.IntN(operations))
		c, err := flash.Open(path, killSize)
		require.NoError(t, err, "seed %d", seed)
		got := content(t, c)
		require.NoError(t, c.Close())
		if checkKilled(t, got, seed, done) {
			within++
		} else {
			between++
		}
	}
	t.Logf("%d kills in %d operations each: %d inside an operation, %d between two", kills, operations, within, between)
}

// runAndKill starts the child, kills it after at least `after` operations and returns how many had returned.
func runAndKill(t *testing.T, path string, seed uint64, operations, after int) int {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d|%d", killChildEnv, path, seed, operations))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	b := make([]byte, 64)
	done := 0
	for done < after {
		n, err := out.Read(b)
		done += n
		if err != nil {
			break
		}
	}
	require.NoError(t, cmd.Process.Kill())
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	_ = cmd.Wait() // it was killed
	return done + len(rest)
}

// checkKilled replays the operations that had returned, and then the steps of the next as far as the image shows them. It
// tells whether the kill came inside an operation.
func checkKilled(t *testing.T, got []byte, seed uint64, done int) (within bool) {
	rng := rand.New(rand.NewPCG(seed, 2))
	model := bytes.Repeat([]byte{0xFF}, killSize)
	step := func(at int, data []byte) {
		if data == nil {
			copy(model[at:at+flash.SectorSize], bytes.Repeat([]byte{0xFF}, flash.SectorSize))
		}
		for i, v := range data {
			model[at+i] &= v
		}
	}
	for range done {
		addr, data := killOp(rng)
		step(int(addr), data)
	}
	if bytes.Equal(model, got) {
		return false
	}
	addr, data := killOp(rng)
	if data == nil {
		step(int(addr), nil)
		require.True(t, bytes.Equal(model, got), "seed %d: after %d operations and an erasure the image differs", seed, done)
		return true
	}
	at := int(addr)
	for len(data) > 0 {
		n := min(len(data), flash.PageSize-at%flash.PageSize)
		step(at, data[:n])
		if bytes.Equal(model, got) {
			return true
		}
		at, data = at+n, data[n:]
	}
	t.Fatalf("seed %d: after %d operations the image is in no state between two steps", seed, done)
	return false
}

func TestKillOpsDifferBySeed(t *testing.T) {
	draw := func(seed uint64) (all []byte) {
		rng := rand.New(rand.NewPCG(seed, 2))
		for range 20 {
			addr, data := killOp(rng)
			all = append(binary.LittleEndian.AppendUint32(all, addr), data...)
		}
		return all
	}
	require.Equal(t, draw(1), draw(1))
	require.NotEqual(t, draw(1), draw(2))
}
