package certs

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCArrayIsWhatXxdPrints(t *testing.T) {
	assert.Equal(t, "unsigned char a[] = {\n  0x00, 0xff\n};\nunsigned int a_len = 2;\n", string(CArray("a", []byte{0, 255})))
	line := "0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01"
	assert.Equal(t, "unsigned char a[] = {\n  "+line+"\n};\nunsigned int a_len = 12;\n", string(CArray("a", bytes.Repeat([]byte{1}, 12))))
	assert.Equal(t, "unsigned char a[] = {\n  "+line+",\n  0x01\n};\nunsigned int a_len = 13;\n",
		string(CArray("a", bytes.Repeat([]byte{1}, 13))))
}
