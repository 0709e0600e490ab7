package flash_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

func BenchmarkRead(b *testing.B) {
	c := fullImage(b).Chip()
	p := make([]byte, flash.SectorSize)
	b.SetBytes(int64(len(p)))
	for i := 0; b.Loop(); i++ {
		if _, err := c.ReadAt(p, int64(i%1024)*flash.SectorSize); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	c := fullImage(b).Chip()
	p := make([]byte, flash.SectorSize)
	b.SetBytes(int64(len(p)))
	for i := 0; b.Loop(); i++ {
		if err := c.Write(uint32(i%1024)*flash.SectorSize, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkErase(b *testing.B) {
	c := fullImage(b).Chip()
	for i := 0; b.Loop(); i++ {
		if err := c.EraseSector(uint32(i % 1024)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteFile is BenchmarkWrite on a chip in a file.
func BenchmarkWriteFile(b *testing.B) {
	c, err := flash.Open(b.TempDir()+"/flash.bin", 4<<20)
	require.NoError(b, err)
	defer c.Close()
	p := make([]byte, flash.SectorSize)
	b.SetBytes(int64(len(p)))
	for i := 0; b.Loop(); i++ {
		if err := c.Write(uint32(i%1024)*flash.SectorSize, p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSnapshot takes a snapshot of a full 4 MB chip and changes one sector, so that something is copied each time.
func BenchmarkSnapshot(b *testing.B) {
	c := fullImage(b).Chip()
	for i := 0; b.Loop(); i++ {
		c.Snapshot()
		if err := c.Write(uint32(i%1024)*flash.SectorSize, []byte{0, 0, 0, 0}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDevice makes a chip over a shared image and lets it do what a device does.
func BenchmarkDevice(b *testing.B) {
	base := fullImage(b)
	for b.Loop() {
		bootAndSave(b, base.Chip())
	}
	b.ReportMetric(float64(perDevice(base, func(*flash.Chip) {})), "B/device-untouched")
	b.ReportMetric(float64(perDevice(base, func(c *flash.Chip) { bootAndSave(b, c) })), "B/device-used")
}
