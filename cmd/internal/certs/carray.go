package certs

import (
	"bytes"
	"fmt"
)

// Names of the arrays in cert.h and private_key.h, which firmware gives to espconn_secure_set_default_certificate and
// espconn_secure_set_default_private_key (manual V2.1 3.2, cert-tools.md).
const (
	CertArray = "default_certificate"
	KeyArray  = "default_private_key"
)

// arrayColumns is the number of bytes on a line of `xxd -i`.
const arrayColumns = 12

// CArray writes data as `xxd -i` prints it: an array of unsigned char and its length as unsigned int. data has at least
// one byte: C knows no empty array.
func CArray(name string, data []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "unsigned char %s[] = {", name)
	for i, c := range data {
		switch {
		case i > 0 && i%arrayColumns == 0:
			b.WriteString(",\n  ")
		case i > 0:
			b.WriteString(", ")
		default:
			b.WriteString("\n  ")
		}
		fmt.Fprintf(&b, "0x%02x", c)
	}
	fmt.Fprintf(&b, "\n};\nunsigned int %s_len = %d;\n", name, len(data))
	return b.Bytes()
}
