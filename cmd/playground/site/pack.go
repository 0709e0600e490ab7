package site

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
)

// ErrNoXZ says that what shall be small cannot be made.
var ErrNoXZ = errors.New("site: xz is needed to make a small page: install xz-utils, or make the page without")

// kind is how the names of compressed programs end. The page's own files name it where PACKED stands.
func (o Options) kind() string {
	if o.XZ == "" {
		return ".gz"
	}
	return ".lzma"
}

// pack compresses a program: with gzip, or with the command xz into what files/unpack.js reads.
func (o Options) pack(program []byte) ([]byte, error) {
	var out, said bytes.Buffer
	if o.XZ == "" {
		z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if _, err := z.Write(program); err != nil {
			return nil, err
		}
		err := z.Close()
		return out.Bytes(), err
	}
	tool, err := exec.LookPath("xz")
	if err != nil {
		return nil, ErrNoXZ
	}
	cmd := exec.Command(tool, "--format=lzma", "--stdout", "-"+o.XZ)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(program), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("site: xz -%s: %w: %s", o.XZ, err, bytes.TrimSpace(said.Bytes()))
	}
	b := out.Bytes()
	if len(b) < 18 {
		return nil, fmt.Errorf("site: xz -%s wrote %d bytes", o.XZ, len(b))
	}
	binary.LittleEndian.PutUint64(b[5:], uint64(len(program))) // xz writes that it does not know the size
	return b, nil
}
