package flash

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WearSuffix is appended to the name of an image for the file with the wear counts beside it.
const WearSuffix = ".wear"

// wearMagic begins a file of wear counts: one record of two 32-bit little-endian numbers for each sector follows, its
// erasures and its page programs.
const (
	wearMagic  = "emu8266-wear-1\n\x00\x00"
	wearRecord = 8
)

// imageFile is the file behind a chip. It is written through: the chip reads from memory.
type imageFile struct {
	path   string
	image  *os.File
	wear   *os.File // nil until the first change
	closed bool
	failed error // the first write that failed
}

// Open returns a chip whose content is the file at path: the plain bytes of the flash, as esptool reads and writes them. A
// file that does not exist is made, erased, of size bytes; of one that exists size must be the length, or 0 for whatever
// length it has. Wear counts are kept in a second file, path + [WearSuffix]; without it they begin at 0. Reading costs no
// file access. [Chip.Close] must be called in the end.
//
// What is in the file, whenever it is looked at:
//
//   - The file appears complete or not at all (a temporary file, renamed).
//   - Each step of the chip, a page program or a sector erasure, is one pwrite of just the bytes it concerns, before the
//     operation returns. So after the process was killed (SIGKILL, panic, crash) all operations that returned are in the
//     file, all steps after the interrupted one are not, and no byte outside the page or sector of that step was touched.
//   - Of the interrupted step all or nothing is there: an operating system does not divide a write inside a page of 4 KB.
//     Should one do, the bytes are a mixture of old and new ones - which is less than what a real chip leaves of a program
//     or an erasure without power, so firmware that survives a power cut survives this too. That is why there is no
//     journal (Choice).
//   - If the computer itself goes down, what was not yet on its disk is lost, in any order; [Chip.Sync] waits for the disk.
//   - Wear counts are written after the content and may be one step behind. Where they cannot be written they are missing.
//   - A step that cannot be written, on a full disk say, fails, and the chip and the file hold the same afterwards: what was
//     there before, if that can be put back. [Chip.Close] returns the first such error.
//
// Errors: ErrSize, ErrLocked if another device has the file open (only on Unix-like systems is that seen), and those of the
// operating system.
func Open(path string, size int) (*Chip, error) {
	fail := func(err error) (*Chip, error) { return nil, fmt.Errorf("flash: open %s: %w", path, err) }
	if size != 0 && !ValidSize(size) {
		return fail(ErrSize)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) && size != 0 {
		blank, _ := New(size) // the size is valid
		if err = saveImage(path, blank.Snapshot()); err == nil {
			f, err = os.OpenFile(path, os.O_RDWR, 0)
		}
	}
	if err != nil {
		return fail(err)
	}
	c, err := load(f, path, size)
	if err != nil {
		_ = f.Close()
		return fail(err)
	}
	return c, nil
}

// InUse tells whether the file at path is an image that a device has open: writing to it would take the device's flash away.
// Only on Unix-like systems is that seen.
func InUse(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(lock(f), ErrLocked)
}

// load reads the files into a new chip.
func load(f *os.File, path string, size int) (*Chip, error) {
	if err := lock(f); err != nil {
		return nil, err
	}
	s, err := readImage(f, size)
	if err != nil {
		return nil, err
	}
	c := s.Chip()
	if err := c.loadWear(path + WearSuffix); err != nil {
		return nil, err
	}
	c.file = &imageFile{path: path, image: f}
	return c, nil
}

// readImage reads a whole image of one of the chip sizes.
func readImage(f *os.File, size int) (*Snapshot, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("this is no file that can hold an image")
	}
	if n := info.Size(); n > MaxSize || !ValidSize(int(n)) {
		return nil, fmt.Errorf("%d bytes: %w", n, ErrSize)
	} else if size != 0 && int(n) != size {
		return nil, fmt.Errorf("the file has %d bytes, not %d: %w", n, size, ErrSize)
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	return NewSnapshot(b)
}

// LoadImage reads an image of one of the chip sizes with the wear counts beside it, without keeping or locking the file.
// Errors: ErrSize and those of the operating system.
func LoadImage(path string) (*Snapshot, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("flash: %w", err)
	}
	defer f.Close()
	s, err := readImage(f, 0)
	if err != nil {
		return nil, fmt.Errorf("flash: %s: %w", path, err)
	}
	c := s.Chip()
	if err := c.loadWear(path + WearSuffix); err != nil {
		return nil, fmt.Errorf("flash: %w", err)
	}
	return c.Snapshot(), nil
}

// SaveImage writes an image file. It appears complete or not at all, and replaces one that is there. The wear counts go
// into a file beside it if there are any; otherwise a file of counts that is there is removed. Errors: those of the
// operating system.
func SaveImage(path string, s *Snapshot) error {
	if err := saveImage(path, s); err != nil {
		return fmt.Errorf("flash: save %s: %w", path, err)
	}
	return nil
}

func saveImage(path string, s *Snapshot) error {
	if err := saveFile(path, s); err != nil {
		return err
	}
	wear := path + WearSuffix
	c := s.Chip()
	if !c.worn() {
		if err := os.Remove(wear); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return saveFile(wear, wearTable{c})
}

// saveFile writes a file beside its place and renames it.
func saveFile(path string, content io.WriterTo) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a device file would be gone
		return errors.New("it is there and is no file")
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = content.WriteTo(f); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// worn tells whether any sector was ever erased or programmed.
func (c *Chip) worn() bool {
	for _, b := range c.blocks {
		if b != nil && (b.erases != [sectorsPerBlock]uint32{} || b.programs != [sectorsPerBlock]uint32{}) {
			return true
		}
	}
	return false
}

// wearTable is the content of a file of wear counts.
type wearTable struct{ c *Chip }

func (w wearTable) WriteTo(to io.Writer) (int64, error) {
	b := []byte(wearMagic)
	for n := range uint32(w.c.Sectors()) {
		b = binary.LittleEndian.AppendUint32(b, w.c.Erases(n))
		b = binary.LittleEndian.AppendUint32(b, w.c.Programs(n))
	}
	n, err := to.Write(b)
	return int64(n), err
}

// loadWear reads the wear counts. A file that is missing, short or of another kind counts nothing.
func (c *Chip) loadWear(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, len(wearMagic)+c.Sectors()*wearRecord)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if b = b[:n]; len(b) < len(wearMagic) || string(b[:len(wearMagic)]) != wearMagic {
		return nil
	}
	b = b[len(wearMagic):]
	for n := 0; (n+1)*wearRecord <= len(b); n++ {
		erases := binary.LittleEndian.Uint32(b[n*wearRecord:])
		programs := binary.LittleEndian.Uint32(b[n*wearRecord+4:])
		if erases|programs != 0 {
			block, i := c.block(n)
			block.erases[i], block.programs[i] = erases, programs
		}
	}
	return nil
}

// put writes bytes of sector n, which held before from byte at on, and then its wear. If the bytes cannot be written the file
// is left as it was, or holds says what it has there now. Wear counts that cannot be written are missing, but change nothing.
func (f *imageFile) put(n, at int, before, p []byte, erases, programs uint32) (holds []byte, err error) {
	if f.closed {
		return before, ErrClosed
	}
	off := int64(n)*SectorSize + int64(at)
	if _, err := f.image.WriteAt(p, off); err != nil {
		f.fail(err)
		if _, undone := f.image.WriteAt(before, off); undone == nil {
			return before, err
		}
		holds := append([]byte(nil), before...)
		_, _ = f.image.ReadAt(holds, off) // what cannot be read is taken to be as it was
		return holds, err
	}
	f.fail(f.putWear(n, erases, programs))
	return p, nil
}

// fail notes the first failure.
func (f *imageFile) fail(err error) {
	if f.failed == nil {
		f.failed = err
	}
}

func (f *imageFile) putWear(n int, erases, programs uint32) error {
	if f.wear == nil {
		if err := f.openWear(); err != nil {
			return err
		}
	}
	var record [wearRecord]byte
	binary.LittleEndian.PutUint32(record[:], erases)
	binary.LittleEndian.PutUint32(record[4:], programs)
	_, err := f.wear.WriteAt(record[:], int64(len(wearMagic)+n*wearRecord))
	return err
}

// openWear opens or makes the file of wear counts, and replaces what is none.
func (f *imageFile) openWear() error {
	w, err := os.OpenFile(f.path+WearSuffix, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	magic := make([]byte, len(wearMagic))
	if n, err := w.ReadAt(magic, 0); (err != nil && !errors.Is(err, io.EOF)) || string(magic[:n]) != wearMagic {
		if err := w.Truncate(0); err != nil {
			_ = w.Close()
			return err
		}
		if _, err := w.WriteAt([]byte(wearMagic), 0); err != nil {
			_ = w.Close()
			return err
		}
	}
	f.wear = w
	return nil
}

// Sync waits until the operating system says that the content of a chip in a file is on the disk. On others it does
// nothing.
func (c *Chip) Sync() error {
	if c.file == nil || c.file.closed {
		return nil
	}
	if err := c.file.image.Sync(); err != nil {
		return fmt.Errorf("flash: %w", err)
	}
	if c.file.wear != nil {
		if err := c.file.wear.Sync(); err != nil {
			return fmt.Errorf("flash: %w", err)
		}
	}
	return nil
}

// Close ends the use of the file behind the chip: it can be opened again, and changes of this Chip are refused with
// ErrClosed. A chip in memory needs no Close and ignores it. A second Close does nothing. Errors: those of the operating
// system, also the first of a step or a wear count that could not be written.
func (c *Chip) Close() error {
	if c.file == nil || c.file.closed {
		return nil
	}
	c.file.closed = true
	err := c.file.image.Close()
	if c.file.wear != nil {
		err = errors.Join(err, c.file.wear.Close())
	}
	if c.file.failed != nil {
		err = errors.Join(fmt.Errorf("not everything could be written: %w", c.file.failed), err)
	}
	if err != nil {
		return fmt.Errorf("flash: %s: %w", c.file.path, err)
	}
	return nil
}
