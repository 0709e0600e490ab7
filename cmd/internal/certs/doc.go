// Package certs does what the SDK's certificate tools do (makefile.sh, make_cacert.py, make_cert.py, rmfile.sh;
// cert-tools.md), and says what each profile of the device will make of the result. `emu8266 certs` is its command line.
//
// A run has two steps: [Read] looks at the files of a folder, [Inputs.Make] decides by their names what is to be done and
// makes all outputs in memory. Who writes them, if everything could be made, is not decided here.
//
// Rules of the package:
//
//   - Files are read through the given fs.FS, and none is written.
//   - Certificates are X.509 version 1, made with encoding/asn1, because crypto/x509 makes version 3 only. RSA-512 keys
//     are made and used with math/big, because crypto/rsa refuses them.
//   - Input is read by the device's rules (package boundedtls); what the device cannot read is an error.
//
// Deviation: with nothing given, cert.h and private_key.h hold the server's pair, as the manual describes them (manual V2.1
// 3.1.1); makefile.sh puts the client's there. [Options.AsScript] does as the script does.
// Deviation: the *.crt and *.key of the working folder stay; makefile.sh deletes them after making certificates.
// Deviation: certificates may be DER too, and keys unencrypted PKCS#8; an encrypted key is refused, where openssl would ask.
// Deviation: misnamed, incomplete or mismatched files are errors where makefile.sh goes on without them.
// Deviation: extra *.cer files follow ca.crt in the CA image by name; make_cacert.py takes all in the folder's order.
// Choice: the entries of esp_cert_private_key.bin are certificate, then private_key (the script: in the folder's order).
// Choice: serial numbers have 63 random bits, and the client's is the server's plus one, as a serial file counts.
// Choice: in a private key's outputs the larger prime comes first, as OpenSSL writes it: the device's axTLS library
// computes wrongly with the other order (axtls.md 3).
// Choice: the V1.0 layout also makes esp_ca_cert.bin of a new CA, which the manual leaves to a second script, and names
// files by the key size (TLS.key_512 for 512 bits).
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package certs
