package image_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// part is one segment of a test image.
type part struct {
	load uint32
	data []byte
}

// appendImage appends an image with magic 0xE9, as the SDK's tool makes it.
func appendImage(b []byte, mode, sizeSpeed byte, parts ...part) []byte {
	b = append(b, 0xE9, byte(len(parts)), mode, sizeSpeed)
	b = binary.LittleEndian.AppendUint32(b, 0x40100004)
	sum := byte(0xEF)
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, p.load)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.data)))
		b = append(b, p.data...)
		for _, v := range p.data {
			sum ^= v
		}
	}
	for len(b)%16 != 15 {
		b = append(b, 0)
	}
	return append(b, sum)
}

// userImage is an image for a slot, with 0xEA and CRC.
func userImage(app byte, irom int) []byte {
	b := []byte{0xEA, 4, 0, app}
	b = binary.LittleEndian.AppendUint32(b, 0x40100004)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(irom))
	b = append(b, bytes.Repeat([]byte{0x11}, irom)...)
	b = appendImage(b, 0, 0, part{0x40100000, []byte("code")}, part{0x3FFE8000, []byte("more data")}, part{0x3FFE8010, nil})
	crc := crc32.ChecksumIEEE(b)
	if crc < 1<<31 {
		crc++
	} else {
		crc = ^crc
	}
	return binary.LittleEndian.AppendUint32(b, crc)
}

func TestParse(t *testing.T) {
	boot := appendImage(nil, 2, 0x6F, part{0x40100000, bytes.Repeat([]byte{7}, 1000)}, part{0x3FFE8000, []byte{1, 2, 3, 4}})
	i, err := image.Parse(bytes.NewReader(boot), 0)
	require.NoError(t, err)
	assert.Equal(t, len(boot), i.Length)
	assert.Equal(t, "image, 1040 bytes, DIO, 80 MHz, map 6 (FLASH_SIZE_32M_MAP_1024_1024), entry 0x40100004, iram 1000, dram 4", i.String())

	for _, irom := range []int{0, 16, 5000 &^ 15, 0x30000} { // both kinds of CRC occur
		user := userImage(2, irom)
		i, err = image.Parse(bytes.NewReader(append(bytes.Repeat([]byte{0xFF}, 100), user...)), 100)
		require.NoError(t, err)
		assert.Equal(t, len(user), i.Length)
		assert.True(t, i.User)
		assert.EqualValues(t, 2, i.App)
		assert.Contains(t, i.String(), "user image for slot 2")
		assert.Equal(t, "irom", i.Segments[0].Memory())
	}
	assert.Equal(t, "?", image.Segment{Load: 0x40108000, Size: 4}.Memory())
	assert.Equal(t, "mode 9, speed 7", image.Image{Mode: 9}.ModeName()+", "+image.Image{Speed: 7}.SpeedName())
}

func TestDamagedImages(t *testing.T) {
	boot := appendImage(nil, 2, 0x60, part{0x40100000, bytes.Repeat([]byte{7}, 100)})
	user := userImage(1, 64)
	change := func(b []byte, at int, v byte) []byte {
		b = bytes.Clone(b)
		b[at] = v
		return b
	}
	for _, tc := range []struct {
		name string
		in   []byte
		want error
	}{
		{"nothing", nil, image.ErrCut},
		{"erased", bytes.Repeat([]byte{0xFF}, 100), image.ErrMagic},
		{"no segments", change(boot, 1, 0), image.ErrSegments},
		{"too many segments", change(boot, 1, 17), image.ErrSegments},
		{"cut before the checksum", boot[:len(boot)-1], image.ErrCut},
		{"another byte", change(boot, 20, 8), image.ErrChecksum},
		{"another checksum", change(boot, len(boot)-1, boot[len(boot)-1]^1), image.ErrChecksum},
		{"a segment of 4 GB", change(boot, 15, 0xFF), image.ErrCut},
		{"another byte in irom", change(user, 30, 8), image.ErrCRC},
		{"no second header", change(user, 16+64, 0), image.ErrMagic},
		{"CRC cut off", user[:len(user)-2], image.ErrCut},
	} {
		_, err := image.Parse(bytes.NewReader(tc.in), 0)
		assert.ErrorIs(t, err, tc.want, tc.name)
	}
}

func TestScan(t *testing.T) {
	c, err := flash.New(4 << 20)
	require.NoError(t, err)
	assert.Empty(t, image.Scan(c))
	assert.Empty(t, image.ScanCerts(c))
	pad := func(b []byte) []byte { return append(b, bytes.Repeat([]byte{0xFF}, (4-len(b)%4)%4)...) }
	require.NoError(t, c.Write(0, appendImage(nil, 2, 0x60, part{0x40100000, []byte("boot")})))
	require.NoError(t, c.Write(0x1000, pad(userImage(1, 64))))
	require.NoError(t, c.Write(0x101000, pad(userImage(2, 64))[:100]))
	der := append([]byte{0x30, 0x82}, bytes.Repeat([]byte{5}, 500)...)
	require.NoError(t, image.Certs{{Name: "TLS.ca_x509.cer", Data: der}}.WriteAt(c, 0x3B0))
	require.NoError(t, image.Certs{{Name: "certificate", Data: der},
		{Name: "private_key", Data: []byte("-----BEGIN RSA")}}.WriteAt(c, 0x3B4))
	require.NoError(t, c.Write(0x3C0000, []byte("text that is no certificate image at all, although it is readable")[:64]))

	images := image.Scan(c)
	require.Len(t, images, 3)
	assert.NoError(t, images[1].Err)
	assert.ErrorIs(t, images[2].Err, image.ErrCut)
	certs := image.ScanCerts(c)
	require.Len(t, certs, 2)
	assert.EqualValues(t, 0x3B0, certs[0].Sector)
	assert.Len(t, certs[1].Image, 2)
	assert.NoError(t, certs[1].Err)
}

func FuzzParse(f *testing.F) {
	f.Add(appendImage(nil, 2, 0x60, part{0x40100000, []byte("code")}))
	f.Add(userImage(1, 64))
	f.Add([]byte{0xEA, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := image.Parse(bytes.NewReader(b), 0)
		_ = i.String()
		if err != nil {
			return
		}
		require.LessOrEqual(t, i.Length, len(b))
		again, err := image.Parse(bytes.NewReader(b[:i.Length]), 0)
		require.NoError(t, err)
		require.Equal(t, i, again)
		_, err = image.Parse(bytes.NewReader(b[:i.Length-1]), 0)
		require.ErrorIs(t, err, image.ErrCut)
	})
}
