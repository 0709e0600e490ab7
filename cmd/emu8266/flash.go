package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// flashCmd works on images of the device's flash.
type flashCmd struct {
	Create flashCreateCmd `cmd:"" help:"Make an erased image."`
	Info   flashInfoCmd   `cmd:"" help:"Show what an image holds: programs, certificates, parameters, wear."`
	Write  flashWriteCmd  `cmd:"" help:"Write a file into an image, at a sector or an address."`
	Read   flashReadCmd   `cmd:"" help:"Show or save a part of an image."`
	Erase  flashEraseCmd  `cmd:"" help:"Erase sectors of an image."`
	Verify flashVerifyCmd `cmd:"" help:"Compare a part of an image with a file, or check what the image holds."`
	Diff   flashDiffCmd   `cmd:"" help:"Compare two images."`
	Image  flashImageCmd  `cmd:"" help:"Make a user1 or user2 image of firmware, for upgrades over the air."`
}

// Help is shown by --help.
func (flashCmd) Help() string {
	return `Example:
  emu8266 flash create flash.bin --size 4M
  emu8266 flash write flash.bin bin/esp_ca_cert.bin --sector 0x7B
  emu8266 flash info flash.bin

An image is the plain bytes of the flash, as esptool reads and writes them; wear counts are kept beside it in FILE.wear.
Numbers may be decimal or hexadecimal (0x7B).
Exit code 0 if it was done, 1 if not (verify, diff: if something differs or is damaged), 2 for wrong usage.`
}

// number is an address, a sector or a length: decimal or hexadecimal.
type number uint32

// UnmarshalText reads 123 or 0x7B.
func (n *number) UnmarshalText(b []byte) error {
	v, err := strconv.ParseUint(string(b), 0, 32)
	if err != nil {
		return fmt.Errorf("%q is no number: give 123 or 0x7B", b)
	}
	*n = number(v)
	return nil
}

// flashPlace is where in an image something lies.
type flashPlace struct {
	Sector *number `help:"Sector of 4096 bytes, counted from 0." placeholder:"N" xor:"place"`
	At     *number `help:"Address in bytes." placeholder:"ADDR" xor:"place"`
}

// addr returns the place as an address inside an image of size bytes.
func (p flashPlace) addr(what string, size int) (uint32, error) {
	var addr uint64
	switch {
	case p.Sector != nil:
		addr = uint64(*p.Sector) * flash.SectorSize
	case p.At != nil:
		addr = uint64(*p.At)
	default:
		return 0, usagef("flash %s: give --sector N or --at ADDR", what)
	}
	if addr >= uint64(size) {
		return 0, usagef("flash %s: %#x lies behind the end of the image at %#x", what, addr, size)
	}
	return uint32(addr), nil
}

// flashInput reads an image without changing it. A file that is not there, or is no image, is wrong usage.
func flashInput(what, path string) (*flash.Snapshot, error) {
	s, err := flash.LoadImage(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("flash %s: %v", what, missingError{path})
	case err != nil:
		return nil, usagef("flash %s: %s", what, strings.TrimPrefix(err.Error(), "flash: "))
	}
	return s, nil
}

// flashChange opens an image for changing.
func flashChange(what, path string) (*flash.Chip, error) {
	c, err := flash.Open(path, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("flash %s: %v; emu8266 flash create makes one", what, missingError{path})
	}
	return c, err
}

// flashData reads a file that is to go into an image, or to be compared with one.
func flashData(what, path string, addr uint32, size int) ([]byte, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, usagef("flash %s: %v", what, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, flash.MaxSize+1))
	if err != nil {
		return nil, usagef("flash %s: %v", what, err)
	}
	if len(b) == 0 {
		return nil, usagef("flash %s: %s is empty", what, path)
	}
	if int64(addr)+int64(len(b)) > int64(size) {
		return nil, usagef("flash %s: %s of %d bytes at %#x goes beyond the end of the image at %#x", what, path, len(b), addr, size)
	}
	return b, nil
}

// sectorsOf returns the first sector of a range and how many it touches.
func sectorsOf(addr uint32, n int) (first, count uint32) {
	first = addr / flash.SectorSize
	return first, (addr+uint32(n)-1)/flash.SectorSize - first + 1
}

// printJSON writes v as every command does.
func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// flashSize is a capacity: 512K, 4M or bytes.
type flashSize int

// UnmarshalText reads 512K, 4M, 4MB or a number of bytes.
func (s *flashSize) UnmarshalText(b []byte) error {
	text := strings.TrimSuffix(strings.ToUpper(string(b)), "B")
	unit := 1
	switch {
	case strings.HasSuffix(text, "K"):
		unit, text = 1<<10, strings.TrimSuffix(text, "K")
	case strings.HasSuffix(text, "M"):
		unit, text = 1<<20, strings.TrimSuffix(text, "M")
	}
	n, err := strconv.ParseUint(text, 0, 25)
	if err != nil || !flash.ValidSize(int(n)*unit) {
		return fmt.Errorf("%q: chips have 256K, 512K, 1M, 2M, 4M, 8M or 16M", b)
	}
	*s = flashSize(int(n) * unit)
	return nil
}

// flashCreateCmd makes an erased image.
type flashCreateCmd struct {
	File  string    `arg:"" help:"The image to make."`
	Size  flashSize `help:"Capacity: 256K, 512K, 1M, 2M, 4M (default), 8M or 16M." default:"4M" placeholder:"SIZE"`
	Force bool      `help:"Replace a file that is there."`
	JSON  bool      `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashCreateCmd) Help() string {
	return `Example:
  emu8266 flash create flash.bin --size 1M

The file appears complete or not at all.`
}

// Run makes the image.
func (c flashCreateCmd) Run(con *console) error {
	if _, err := os.Stat(c.File); err == nil && !c.Force {
		return usagef("flash create: %s exists; --force replaces it", c.File)
	} else if !isFolder(filepath.Dir(c.File)) {
		return usagef("flash create: %s: there is no folder %s: make it, or give another name", c.File, filepath.Dir(c.File))
	} else if flash.InUse(c.File) { // a file that is no image is replaced as well
		return fmt.Errorf("flash create: %s: %w", c.File, flash.ErrLocked)
	}
	chip, err := flash.New(int(c.Size))
	if err != nil {
		return err
	}
	writing.Lock()
	err = flash.SaveImage(c.File, chip.Snapshot())
	writing.Unlock()
	if err != nil {
		return err
	}
	m, _ := image.DefaultMap(int(c.Size))
	if c.JSON {
		return printJSON(con.out, map[string]any{"file": c.File, "size": int(c.Size), "sectors": chip.Sectors(), "map": int(m)})
	}
	fmt.Fprintf(con.out, "%s: %d bytes, %d sectors, erased\n", c.File, int(c.Size), chip.Sectors())
	return nil
}

// flashWriteCmd writes a file into an image.
type flashWriteCmd struct {
	File string `arg:"" help:"The image."`
	Data string `arg:"" help:"The file to write into it."`
	flashPlace
	NoErase bool   `help:"Do not erase first: bits are only cleared, as spi_flash_write does."`
	Map     *uint8 `help:"Flash size map 0 to 9, put into the header of a program written at address 0; also for the warnings (default: from the image at 0, else by size)." placeholder:"N"`
	JSON    bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashWriteCmd) Help() string {
	return `Example:
  emu8266 flash write flash.bin bin/esp_ca_cert.bin --sector 0x7B
  emu8266 flash write flash.bin boot.bin --at 0

The sectors that the file covers are erased first, whole, as flashing tools do. The address must be a multiple of 4, and of
4096 unless --no-erase is given. A program for address 0 gets the map that --map names into its header, as flashing tools do;
boot loaders come with map 0. Certificates that overlap a program or the SDK's own sectors are written with a warning.`
}

// flashWriteReport is what write --json prints; the field names are stable.
type flashWriteReport struct {
	File     string         `json:"file"`
	Addr     uint32         `json:"addr"`
	Sector   uint32         `json:"sector"`
	Bytes    int            `json:"bytes"`
	Erased   uint32         `json:"erased"` // sectors
	Lost     int            `json:"lost"`   // bytes that are not what was written
	Findings []flashFinding `json:"findings"`
}

// Run writes the file and reads it back.
func (c flashWriteCmd) Run(con *console) error {
	if err := c.check(); err != nil { // before the image is opened for changing
		return err
	}
	chip, err := flashChange("write", c.File)
	if err != nil {
		return err
	}
	writing.Lock()
	defer writing.Unlock()
	return errors.Join(c.write(con, chip), chip.Close())
}

func (c flashWriteCmd) check() error {
	s, err := flashInput("write", c.File)
	if err != nil {
		return err
	}
	addr, err := c.addr("write", s.Size())
	if err != nil {
		return err
	}
	if unit := map[bool]uint32{false: flash.SectorSize, true: flash.WriteUnit}[c.NoErase]; addr%unit != 0 {
		return usagef("flash write: address %#x is no multiple of %d", addr, unit)
	}
	if _, err := flashMap(s.Chip(), c.Map); err != nil {
		return err
	}
	_, err = flashData("write", c.Data, addr, s.Size())
	return err
}

func (c flashWriteCmd) write(con *console, chip *flash.Chip) error {
	addr, err := c.addr("write", chip.Size())
	if err != nil {
		return err
	}
	data, err := flashData("write", c.Data, addr, chip.Size())
	if err != nil {
		return err
	}
	m, err := flashMap(chip, c.Map)
	if err != nil {
		return err
	}
	const programMagic, userProgramMagic, mapByte = 0xE9, 0xEA, 3 // in its header
	if c.Map != nil && addr == 0 && len(data) > mapByte && (data[0] == programMagic || data[0] == userProgramMagic) {
		data[mapByte] = data[mapByte]&0x0F | uint8(m)<<4
	}
	r := flashWriteReport{File: c.File, Addr: addr, Sector: addr / flash.SectorSize, Bytes: len(data), Findings: []flashFinding{}}
	if image, err := image.ParseCerts(data); err == nil && len(image) > 0 && image[0].Name != "" {
		r.Findings = findings(m.Layout().CheckCertSector(chip, r.Sector, len(data)))
	}
	if !c.NoErase {
		first, count := sectorsOf(addr, len(data))
		for n := range count {
			if err := chip.EraseSector(first + n); err != nil {
				return err
			}
		}
		r.Erased = count
	}
	if result := flash.SpiWrite(chip, addr, data).Result(); result != flash.ResultOK {
		return fmt.Errorf("flash write: %s at %#x: %v", c.Data, addr, result)
	}
	held := make([]byte, len(data))
	if _, err := chip.ReadAt(held, int64(addr)); err != nil {
		return err
	}
	for i := range data {
		if held[i] != data[i] {
			r.Lost++
		}
	}
	if err := chip.Sync(); err != nil {
		return err
	}
	if err := r.print(con, c.JSON); err != nil {
		return err
	}
	if r.Lost > 0 {
		return errReported
	}
	return nil
}

func (r flashWriteReport) print(con *console, asJSON bool) error {
	if asJSON {
		return printJSON(con.out, r)
	}
	fmt.Fprintf(con.out, "%s: %d bytes at %#x (sector %#x), %d sectors erased\n", r.File, r.Bytes, r.Addr, r.Sector, r.Erased)
	if r.Lost > 0 {
		fmt.Fprintf(con.err, "emu8266: %d bytes are not what was written: the flash was not erased there\n", r.Lost)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(con.err, "emu8266: warning: %s: %s\n", f.Rule, f.Text)
	}
	return nil
}

// flashReadCmd shows or saves a part of an image.
type flashReadCmd struct {
	File string `arg:"" help:"The image."`
	flashPlace
	Length number `help:"Bytes." default:"4096" placeholder:"N"`
	Output string `short:"o" help:"Save the bytes to a file." placeholder:"FILE"`
	JSON   bool   `help:"Print the bytes as JSON, in hexadecimal."`
}

// Help is shown by --help.
func (flashReadCmd) Help() string {
	return `Example:
  emu8266 flash read flash.bin --sector 0x7B --length 64
  emu8266 flash read flash.bin --at 0x3FD000 --length 12288 -o parameters.bin

Without -o the bytes are shown; a * stands for lines like the one before.`
}

// Run reads.
func (c flashReadCmd) Run(con *console) error {
	s, err := flashInput("read", c.File)
	if err != nil {
		return err
	}
	addr, err := c.addr("read", s.Size())
	if err != nil {
		return err
	}
	if c.Length == 0 || int64(addr)+int64(c.Length) > int64(s.Size()) {
		return usagef("flash read: %d bytes at %#x: the image ends at %#x", c.Length, addr, s.Size())
	}
	b := make([]byte, c.Length)
	if _, err := s.Chip().ReadAt(b, int64(addr)); err != nil {
		return err
	}
	if c.Output != "" {
		if err := writeFile("-o", c.Output, b, imageFiles("the image", c.File)...); err != nil {
			return fmt.Errorf("flash read: %w", err)
		}
	}
	switch {
	case c.JSON:
		return printJSON(con.out, map[string]any{"file": c.File, "addr": addr, "bytes": len(b), "hex": fmt.Sprintf("%x", b)})
	case c.Output != "":
		fmt.Fprintf(con.out, "%s: %d bytes from %#x\n", c.Output, len(b), addr)
	default:
		hexdump(con.out, addr, b)
	}
	return nil
}

// flashEraseCmd erases sectors.
type flashEraseCmd struct {
	File string `arg:"" help:"The image."`
	flashPlace
	Count uint32 `help:"Number of sectors." default:"1" placeholder:"N"`
	Chip  bool   `help:"Erase everything."`
	JSON  bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashEraseCmd) Help() string {
	return `Example:
  emu8266 flash erase flash.bin --sector 0x7A --count 2
  emu8266 flash erase flash.bin --chip`
}

// Run erases.
func (c flashEraseCmd) Run(con *console) error {
	s, err := flashInput("erase", c.File)
	if err != nil {
		return err
	}
	first, count := uint32(0), uint32(s.Size()/flash.SectorSize)
	if c.Chip {
		if c.Sector != nil || c.At != nil {
			return usagef("flash erase: --chip and a place")
		}
	} else {
		addr, err := c.addr("erase", s.Size())
		if err != nil {
			return err
		}
		if addr%flash.SectorSize != 0 {
			return usagef("flash erase: address %#x is no multiple of 4096", addr)
		}
		first = addr / flash.SectorSize
		if c.Count == 0 || c.Count > count-first {
			return usagef("flash erase: %d sectors from %#x: the image has %#x", c.Count, first, count)
		}
		count = c.Count
	}
	chip, err := flashChange("erase", c.File)
	if err != nil {
		return err
	}
	writing.Lock()
	defer writing.Unlock()
	for n := range count {
		if err = chip.EraseSector(first + n); err != nil {
			break
		}
	}
	if err := errors.Join(err, chip.Sync(), chip.Close()); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(con.out, map[string]any{"file": c.File, "sector": first, "erased": count})
	}
	fmt.Fprintf(con.out, "%s: %d sectors erased, %#x to %#x\n", c.File, count, first, first+count-1)
	return nil
}
