package boundedtls_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/espemu/espemu/espconn/boundedtls"
)

// openssl returns the tool's path. Without it the test is skipped, or fails
// where CI=true.
func openssl(t *testing.T) string {
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
	return path
}

func oraclePKI(t *testing.T, name string) string {
	path, err := filepath.Abs(filepath.Join(oracleDir, "pki", name))
	require.NoError(t, err)
	return path
}

// overTCP drives c over a real connection: it sends "hello\n" when established,
// if it is the client, and returns the first data received. A nil error with no
// data means that the peer closed.
func overTCP(c *boundedtls.Conn, conn net.Conn, hello string) (string, error) {
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	flush := func() error {
		for out := c.Output(); out != nil; out = c.Output() {
			if _, err := conn.Write(out); err != nil {
				return err
			}
		}
		return nil
	}
	in, plain := make([]byte, 1460), make([]byte, 1460)
	for {
		if !c.Established() {
			st := c.Handshake()
			if err := flush(); err != nil {
				return "", err
			}
			switch st {
			case boundedtls.HasOutput:
				continue
			case boundedtls.Failed:
				return "", c.Err()
			case boundedtls.Done:
				if err := c.FinishHandshake(); err != nil {
					return "", err
				}
				for rest := []byte(hello); len(rest) > 0; {
					n, err := c.Write(rest)
					if err != nil {
						return "", err
					}
					if err := flush(); err != nil {
						return "", err
					}
					rest = rest[n:]
				}
			}
		}
		if c.Established() {
			n, st := c.Read(plain)
			if st == boundedtls.Done && n > 0 {
				got := string(plain[:n])
				c.CloseNotify()
				return got, flush()
			}
			if st == boundedtls.Failed {
				return "", c.Err()
			}
		}
		n, err := conn.Read(in)
		if err == io.EOF {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		c.Feed(in[:n])
	}
}

// TestOpenSSLServer connects to openssl s_server, which sends the line back
// reversed.
func TestOpenSSLServer(t *testing.T) {
	tool := openssl(t)
	for _, eng := range engines() {
		for _, suite := range []string{"AES128-SHA", "AES256-SHA", "AES128-SHA256", "AES256-SHA256",
			"DHE-RSA-AES128-SHA", "DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA256", "DHE-RSA-AES256-SHA256"} {
			for _, version := range []string{"-tls1", "-tls1_1", "-tls1_2"} {
				if strings.HasSuffix(suite, "256") && version != "-tls1_2" || strings.HasPrefix(suite, "DHE") && !eng.DHE {
					continue
				}
				t.Run(eng.Name+"/"+suite+version, func(t *testing.T) {
					addr := freePort(t)
					cmd := exec.Command(tool, "s_server", "-accept", addr, "-naccept", "1", "-cert", oraclePKI(t, "leaf2048.pem"),
						"-key", oraclePKI(t, "leaf2048.key.pem"), "-cipher", suite+":@SECLEVEL=0", version, "-rev", "-quiet",
						"-Verify", "1", "-CAfile", oraclePKI(t, "ca.pem"))
					require.NoError(t, cmd.Start())
					defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
					c := boundedtls.New(boundedtls.Config{Engine: eng, Verify: true})
					require.Nil(t, c.OwnCert(pki(t, "client.pem")))
					require.Nil(t, c.OwnKey(pki(t, "client2048.key.pem")))
					require.Nil(t, c.CA(pki(t, "ca.pem")))
					require.Nil(t, c.Setup())
					conn := dial(t, addr)
					defer conn.Close()
					got, err := overTCP(c, conn, "hello\n")
					require.NoError(t, err)
					assert.Equal(t, "olleh\n", got)
				})
			}
		}
	}
}

// TestOpenSSLClient serves openssl s_client.
func TestOpenSSLClient(t *testing.T) {
	tool := openssl(t)
	for _, eng := range engines() {
		for _, suite := range []string{"AES128-SHA", "AES256-SHA256", "DHE-RSA-AES128-SHA", "DHE-RSA-AES256-SHA256"} {
			for _, version := range []string{"-tls1", "-tls1_1", "-tls1_2"} {
				if strings.HasSuffix(suite, "256") && version != "-tls1_2" || strings.HasPrefix(suite, "DHE") && !eng.DHE {
					continue
				}
				t.Run(eng.Name+"/"+suite+version, func(t *testing.T) {
					l, err := net.Listen("tcp", "127.0.0.1:0")
					require.NoError(t, err)
					defer l.Close()
					cmd := exec.Command(tool, "s_client", "-connect", l.Addr().String(), "-cipher", suite+":@SECLEVEL=0", version, "-quiet",
						"-cert", oraclePKI(t, "client.pem"), "-key", oraclePKI(t, "client2048.key.pem"), "-sigalgs", "RSA+SHA256:RSA+SHA1")
					cmd.Stdin = strings.NewReader("hello\n")
					require.NoError(t, cmd.Start())
					defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
					_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second))
					conn, err := l.Accept()
					require.NoError(t, err)
					defer conn.Close()
					c := boundedtls.New(boundedtls.Config{Role: boundedtls.Server, Engine: eng, Verify: true})
					require.Nil(t, c.OwnCert(pki(t, "leaf2048.pem")))
					require.Nil(t, c.OwnKey(pki(t, "leaf2048.key.pem")))
					require.Nil(t, c.CA(pki(t, "ca.pem")))
					require.Nil(t, c.Setup())
					got, err := overTCP(c, conn, "")
					require.NoError(t, err)
					assert.Contains(t, "hello\n", got)
					assert.NotEmpty(t, got)
				})
			}
		}
	}
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// dial waits until the server listens.
func dial(t *testing.T, addr string) net.Conn {
	end := time.Now().Add(10 * time.Second)
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn
		}
		if time.Now().After(end) {
			require.NoError(t, fmt.Errorf("no server at %s: %w", addr, err))
		}
		time.Sleep(10 * time.Millisecond)
	}
}
