package main

import (
	"bytes"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// makeCerts runs `emu8266 certs` in a new folder and returns the folder.
func makeCerts(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	runCerts(t, dir, args...)
	return dir
}

func runCerts(t *testing.T, dir string, args ...string) {
	t.Helper()
	var out, log bytes.Buffer
	require.Zero(t, run(append([]string{"certs", "--dir", dir}, args...), &out, &log), "%s%s", &out, &log)
}

func read(t *testing.T, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	return b
}

// tool runs a program in dir and returns what it printed.
func tool(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), out)
	return string(out)
}

// The fields of cert-tools.md as OpenSSL reads them, for every key size.
func TestOpenSSLAcceptsAllCertificates(t *testing.T) {
	t.Parallel()
	needTool(t, "openssl")
	for _, bits := range []string{"512", "1024", "2048", "4096"} {
		t.Run(bits, func(t *testing.T) {
			hash, algorithm := "sha1", "sha1WithRSAEncryption"
			if bits == "2048" {
				hash, algorithm = "sha256", "sha256WithRSAEncryption"
			}
			dir := makeCerts(t, "--bits", bits, "--hash", hash)
			for name, subject := range map[string]string{
				"ca/ca":         "O = TLS Project Dodgy Certificate Authority",
				"server/server": "O = TLS Project, CN = 192.168.111.100",
				"client/client": "O = TLS Project Device Certificate, CN = 192.168.111.101",
			} {
				text := tool(t, dir, "openssl", "x509", "-in", name+".crt", "-noout", "-text", "-nameopt", "oneline")
				assert.Contains(t, text, "Version: 1 (0x0)")
				assert.Contains(t, text, "Subject: "+subject+"\n")
				assert.Contains(t, text, "Issuer: O = TLS Project Dodgy Certificate Authority\n")
				assert.Contains(t, text, "("+bits+" bit)")
				assert.Contains(t, text, "Exponent: 65537")
				assert.Equal(t, 2, strings.Count(text, "Signature Algorithm: "+algorithm), text)
				assert.NotContains(t, text, "extensions")
				assert.Contains(t, tool(t, dir, "openssl", "rsa", "-in", name+".key", "-check", "-noout"), "RSA key ok")
				assert.Equal(t, tool(t, dir, "openssl", "x509", "-in", name+".crt", "-noout", "-pubkey"),
					tool(t, dir, "openssl", "pkey", "-in", name+".key", "-pubout"))
				if name != "ca/ca" {
					tool(t, dir, "openssl", "verify", "-auth_level", "0", "-CAfile", "ca/ca.crt", name+".crt")
				}
			}
		})
	}
}

// What openssl makes with the script's commands and what we make have the same DER, but for numbers, dates and signature.
func TestCertificatesHaveTheFormOfOpenSSLs(t *testing.T) {
	needTool(t, "openssl")
	ours, theirs := makeCerts(t), t.TempDir()
	for name, subject := range map[string]string{
		"ca":     "/O=TLS Project Dodgy Certificate Authority",
		"server": "/O=TLS Project/CN=192.168.111.100",
		"client": "/O=TLS Project Device Certificate/CN=192.168.111.101",
	} {
		key := filepath.Join(repoRoot, "espconn", "testpki", "keys", "leaf-1024.key.pem")
		tool(t, theirs, "openssl", "req", "-new", "-key", key, "-subj", subject, "-out", name+".req")
		tool(t, theirs, "openssl", "req", "-new", "-key", key, "-subj", "/O=TLS Project Dodgy Certificate Authority", "-out", "issuer.req")
		tool(t, theirs, "openssl", "x509", "-req", "-in", "issuer.req", "-sha1", "-days", "5000", "-signkey", key, "-out", "issuer.crt")
		tool(t, theirs, "openssl", "x509", "-req", "-in", name+".req", "-sha1", "-days", "5000", "-CA", "issuer.crt", "-CAkey", key,
			"-CAcreateserial", "-out", name+".crt")
		assert.Equal(t, form(t, read(t, theirs, name+".crt")), form(t, read(t, ours, name, name+".crt")), name)
	}
}

// form lists the elements of a certificate, without the content of integers, times and bit strings.
func form(t *testing.T, file []byte) (lines []string) {
	t.Helper()
	block, _ := pem.Decode(file)
	require.NotNil(t, block)
	var walk func(b []byte, depth int)
	walk = func(b []byte, depth int) {
		for len(b) > 0 {
			var e asn1.RawValue
			var err error
			b, err = asn1.Unmarshal(b, &e)
			require.NoError(t, err)
			line := fmt.Sprintf("%*s%d.%d", 2*depth, "", e.Class, e.Tag)
			switch {
			case e.IsCompound:
				lines = append(lines, line)
				walk(e.Bytes, depth+1)
				continue
			case e.Tag == asn1.TagInteger, e.Tag == asn1.TagUTCTime, e.Tag == asn1.TagBitString:
			default:
				line += fmt.Sprintf(" %x", e.Bytes)
			}
			lines = append(lines, line)
		}
	}
	walk(block.Bytes, 0)
	return lines
}

var (
	arrayByte = regexp.MustCompile(`0x([0-9a-f]{2})`)
	arrayLen  = regexp.MustCompile(`_len = ([0-9]+);`)
)

// arrayBytes reads a C header back.
func arrayBytes(t *testing.T, header []byte) (b []byte) {
	t.Helper()
	for _, m := range arrayByte.FindAllSubmatch(header, -1) {
		v, err := strconv.ParseUint(string(m[1]), 16, 8)
		require.NoError(t, err)
		b = append(b, byte(v))
	}
	n, err := strconv.Atoi(string(arrayLen.FindSubmatch(header)[1]))
	require.NoError(t, err)
	require.Len(t, b, n)
	return b
}

const dumpArrays = `#include <stdio.h>
#include "cert.h"
#include "private_key.h"
int main(void) {
	if (fwrite(default_certificate, 1, default_certificate_len, stdout) != sizeof default_certificate) return 1;
	if (fwrite(default_private_key, 1, default_private_key_len, stdout) != sizeof default_private_key) return 1;
	return 0;
}
`

// The headers compile without a warning and hold the bytes of the DER files.
func TestHeadersCompile(t *testing.T) {
	for _, compiler := range []string{"gcc", "clang"} {
		t.Run(compiler, func(t *testing.T) {
			needTool(t, compiler)
			for include, dir := range map[string]string{"include": makeCerts(t), ".": makeCerts(t, "--layout", "v1.0", "--bits", "512")} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.c"), []byte(dumpArrays), 0o644))
				assert.Empty(t, tool(t, dir, compiler, "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I",
					include, "-o", "dump", "dump.c"))
				want := append(arrayBytes(t, read(t, dir, include, "cert.h")), arrayBytes(t, read(t, dir, include, "private_key.h"))...)
				if include == "include" {
					cert, _ := pem.Decode(read(t, dir, "server/server.crt"))
					key, _ := pem.Decode(read(t, dir, "server/server.key"))
					assert.Equal(t, append(cert.Bytes, key.Bytes...), want)
				} else {
					assert.Equal(t, append(read(t, dir, "TLS.x509_512.cer"), read(t, dir, "TLS.key_512")...), want)
				}
				assert.Equal(t, string(want), tool(t, dir, filepath.Join(dir, "dump")))
			}
		})
	}
}

func TestHeadersAreWhatXxdPrints(t *testing.T) {
	needTool(t, "xxd")
	dir := makeCerts(t, "--layout", "v1.0", "--bits", "512")
	for file, header := range map[string]string{"TLS.x509_512.cer": "cert.h", "TLS.key_512": "private_key.h"} {
		name := map[string]string{"cert.h": "default_certificate", "private_key.h": "default_private_key"}[header]
		text := tool(t, dir, "xxd", "-i", file)
		text = strings.ReplaceAll(text, strings.ReplaceAll(file, ".", "_"), name)
		assert.Equal(t, text, string(read(t, dir, header)))
	}
}

// Inputs as OpenSSL 3 writes them: PKCS#8 keys, version 3 certificates, DER.
func TestOpenSSLsFilesAsInput(t *testing.T) {
	needTool(t, "openssl")
	for _, form := range []string{"PEM", "DER"} {
		dir := t.TempDir()
		tool(t, dir, "openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj",
			"/CN=device", "-days", "30")
		tool(t, dir, "openssl", "x509", "-in", "c.pem", "-out", "client.crt", "-outform", form)
		tool(t, dir, "openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "k.pem", "-out", "client.key", "-outform", form)
		tool(t, dir, "cp", "client.crt", "ca.crt")
		tool(t, dir, "rm", "k.pem", "c.pem")
		runCerts(t, dir)
		key := arrayBytes(t, read(t, dir, "include/private_key.h"))
		tool(t, dir, "openssl", "rsa", "-in", "client.key", "-traditional", "-outform", "DER", "-out", "want.der")
		assert.Equal(t, read(t, dir, "want.der"), key, "PKCS#1, as openssl rsa writes it")
	}
}
