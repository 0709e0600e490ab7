package elf_test

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Functions of the ROM that programs declare themselves: what they compute is what Go's library computes.
func TestROMFunctions(t *testing.T) {
	i := compile(t, []string{"emulator/elf/testdata/rom.c"})
	assert.Empty(t, i.Missing())
	key, text := []byte("0123456789abcdef"), []byte("oneand two")
	sum := func(h func() []byte) string { return hex.EncodeToString(h()) }
	mac := func(data []byte, sha bool) string {
		h := hmac.New(md5.New, key)
		if sha {
			h = hmac.New(sha1.New, key)
		}
		h.Write(data)
		return hex.EncodeToString(h.Sum(nil))
	}
	prf := func() (out []byte) {
		for n := byte(0); len(out) < 48; n++ {
			h := hmac.New(sha1.New, key)
			h.Write(append([]byte("Pairwise key expansion\x00data"), n))
			out = h.Sum(out)
		}
		return out[:48]
	}
	stream := func() []byte {
		c, err := rc4.NewCipher(key)
		require.NoError(t, err)
		b := append(make([]byte, 300), "some plain text"...)
		c.XORKeyStream(b, b)
		return b[300:]
	}
	psk, err := pbkdf2.Key(sha1.New, "ThisIsAPassword", []byte("ThisIsASSID"), 64, 32)
	require.NoError(t, err)
	c, err := aes.NewCipher(key)
	require.NoError(t, err)
	plain := make([]byte, 16)
	wrapped, err := hex.DecodeString("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")
	require.NoError(t, err)
	c.Decrypt(plain, wrapped)
	abc := sha1.Sum([]byte("abc"))

	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, err)
		defer d.Close()
		require.NoError(t, d.Boot(i.Firmware()))
		_, err = io.WriteString(d.UART(), "x")
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.Nil(t, d.Crash())
		var out string
		require.NoError(t, d.Do(func() { out = uart.String() }))
		for _, want := range []string{
			"md5_vector 0 " + sum(func() []byte { h := md5.Sum(text); return h[:] }),
			"sha1_vector 0 " + sum(func() []byte { h := sha1.Sum(text); return h[:] }),
			"hmac_md5 0 " + mac([]byte("one and two"), false),
			"hmac_sha1 0 " + mac([]byte("one and two"), true),
			"hmac_md5_vector 0 " + mac(text, false),
			"hmac_sha1_vector 0 " + mac(text, true),
			"too many -1",
			"sha1_prf 0 " + sum(prf),
			"pbkdf2_sha1 0 " + hex.EncodeToString(psk),
			"SHA1Transform " + hex.EncodeToString(abc[:]),
			"rc4_skip 0 " + sum(stream),
			"aes_unwrap 0 00112233445566778899aabbccddeeff", // RFC 3394 4.1
			"aes_unwrap of a wrong key -1",
			"aes_decrypt 0 " + hex.EncodeToString(plain),
			"aes_encrypt 0",
			"aes_decrypt_init of 32 bytes 0",
			"base64_decode 60 0",
			"no base64 0",
			"rand 1 1 0",
			"<seen>",
			"uart_rx_one_char 0 x 1",
			"SPIEraseArea 0 ffffffff ffffffff 0 1, 0 0 0 0",
			"ets_wdt 0 2 1 2 0 0 2 1",
			"_xtos_set_intlevel 20 23 23 20",
			"_xtos_set_interrupt_handler 0 1 0",
			"xthal_get_ccount 1",
		} {
			assert.Contains(t, "\n"+out, "\n"+want+"\n")
		}
		assert.NotContains(t, out, "not to be seen")
		assert.NotContains(t, out, "other")
		assert.True(t, hasLine(d.Trace().Events(), "to the other"), "UART1 has it")
		assert.True(t, hasLine(d.Trace().Events(), "!"), "UART1 has it")

		enc, dec := schedule(t, out, "rijndaelKeySetupEnc "), schedule(t, out, "rijndaelKeySetupDec ")
		assert.Equal(t, "2b7e151628aed2a6abf7158809cf4f3c", fmt.Sprintf("%08x%08x%08x%08x", enc[0], enc[1], enc[2], enc[3]))
		assert.Equal(t, "d014f9a8c9ee2589e13f0cc8b6630ca6", fmt.Sprintf("%08x%08x%08x%08x", enc[40], enc[41], enc[42], enc[43]),
			"FIPS 197 A.1")
		for i, v := range dec { // the rounds backwards, those within by InvMixColumns
			if i >= 4 && i < 40 {
				v = mixColumn(v)
			}
			assert.Equal(t, enc[40-i/4*4+i%4], v, "word %d", i)
		}

		line := out[strings.Index(out, "base64_encode "):]
		assert.Equal(t, "base64_encode 82 82 ", line[:20])
		whole, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(line[20:102], "\n", ""))
		require.NoError(t, err)
		assert.Equal(t, plain, whole[:16])
		assert.Equal(t, byte('\n'), line[20+72])
	})
}

// schedule returns a line of words in hexadecimal.
func schedule(t *testing.T, out, name string) (words [44]uint32) {
	t.Helper()
	_, after, ok := strings.Cut(out, name)
	require.True(t, ok, name)
	line, _, _ := strings.Cut(after, "\n")
	b, err := hex.DecodeString(line)
	require.NoError(t, err)
	require.Len(t, b, 4*len(words))
	for i := range words {
		words[i] = binary.BigEndian.Uint32(b[4*i:])
	}
	return words
}

// mixColumn is MixColumns of FIPS 197 5.1.3 on one column.
func mixColumn(w uint32) (out uint32) {
	double := func(b byte) byte { return b<<1 ^ b>>7*0x1B }
	for i := range 4 {
		a := func(k int) byte { return byte(w >> (24 - 8*((i+k)%4))) }
		out |= uint32(double(a(0))^double(a(1))^a(1)^a(2)^a(3)) << (24 - 8*i)
	}
	return out
}

// hasLine reports whether UART1 has sent a line.
func hasLine(events []trace.Event, text string) bool {
	for _, e := range events {
		if strings.Contains(fmt.Sprint(e), "uart1") && strings.Contains(fmt.Sprint(e), text) {
			return true
		}
	}
	return false
}
