/*
 * TLS peer on BearSSL for the interoperability tests of espconn/boundedtls.
 *
 *   bearssl_peer DEVICE.der CERT.der KEY.der
 *
 * DEVICE is the certificate that the device shows in either role: the peer knows its key and does not look at chains.
 * Lines of standard input and output, and the payloads, are those of mbedtls_peer.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <bearssl.h>

#define MAX_PAYLOAD 65536
#define MAX_FILE 16384

static br_x509_decoder_context device;
static br_x509_certificate cert;
static br_skey_decoder_context key;
static unsigned char payload[MAX_PAYLOAD], echo[MAX_PAYLOAD], iobuf[BR_SSL_BUFSIZE_BIDI];

static size_t load(const char *path, unsigned char *buf)
{
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(buf, 1, MAX_FILE, f);
    if (f != NULL)
        fclose(f);
    return n;
}

static int sock_read(void *ctx, unsigned char *buf, size_t len)
{
    ssize_t r = read(*(int *) ctx, buf, len);
    return r <= 0 ? -1 : (int) r;
}

static int sock_write(void *ctx, const unsigned char *buf, size_t len)
{
    ssize_t r = write(*(int *) ctx, buf, len);
    return r <= 0 ? -1 : (int) r;
}

/* write_all makes a record of every chunk. */
static int write_all(br_sslio_context *io, const unsigned char *p, size_t n, size_t chunk)
{
    while (n > 0) {
        size_t want = n < chunk ? n : chunk;
        if (br_sslio_write_all(io, p, want) != 0 || br_sslio_flush(io) != 0)
            return -1;
        p += want;
        n -= want;
    }
    return 0;
}

/* serve echoes until the device says goodbye. */
static int serve(br_sslio_context *io, size_t chunk)
{
    for (;;) {
        unsigned char head[4];
        if (br_sslio_read_all(io, head, 4) != 0)
            return br_ssl_engine_last_error(io->engine) == 0 ? 0 : -1;
        size_t n = (size_t) head[0] << 24 | (size_t) head[1] << 16 | (size_t) head[2] << 8 | head[3];
        if (n > MAX_PAYLOAD || br_sslio_read_all(io, payload, n) != 0 || write_all(io, payload, n, chunk) != 0)
            return -1;
    }
}

/* ask sends a payload of n bytes and compares what comes back. */
static int ask(br_sslio_context *io, size_t n, size_t chunk)
{
    unsigned char head[4] = { (unsigned char) (n >> 24), (unsigned char) (n >> 16), (unsigned char) (n >> 8), (unsigned char) n };
    if (n > MAX_PAYLOAD)
        return -1;
    for (size_t i = 0; i < n; i++)
        payload[i] = (unsigned char) (7 * i + 3);
    if (write_all(io, head, 4, chunk) != 0 || write_all(io, payload, n, chunk) != 0 || br_sslio_read_all(io, echo, n) != 0)
        return -1;
    return memcmp(payload, echo, n) == 0 ? 0 : -2;
}

static int session(int fd, int server, int suite, int version, int mutual, size_t chunk, char *sizes)
{
    static br_ssl_server_context sc;
    static br_ssl_client_context cc;
    br_x509_minimal_context minimal;
    br_x509_knownkey_context known;
    br_sslio_context io;
    uint16_t suites[1] = { (uint16_t) suite };
    br_ssl_engine_context *eng = server ? &sc.eng : &cc.eng;
    br_x500_name nobody = { (unsigned char *) "\x30\x00", 2 };
    int r = 0, on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    br_x509_knownkey_init_rsa(&known, &br_x509_decoder_get_pkey(&device)->key.rsa, BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN);
    if (server) {
        br_ssl_server_init_full_rsa(&sc, &cert, 1, br_skey_decoder_get_rsa(&key));
        if (mutual)
            br_ssl_server_set_trust_anchor_names(&sc, &nobody, 1);
    } else {
        br_ssl_client_init_full(&cc, &minimal, NULL, 0);
        if (mutual)
            br_ssl_client_set_single_rsa(&cc, &cert, 1, br_skey_decoder_get_rsa(&key), br_rsa_pkcs1_sign_get_default());
    }
    br_ssl_engine_set_default_rsavrfy(eng);
    br_ssl_engine_set_x509(eng, &known.vtable);
    br_ssl_engine_set_suites(eng, suites, 1);
    br_ssl_engine_set_versions(eng, (unsigned) (0x0300 + version), (unsigned) (0x0300 + version));
    br_ssl_engine_set_buffer(eng, iobuf, sizeof iobuf, 1);
    if (!(server ? br_ssl_server_reset(&sc) : br_ssl_client_reset(&cc, NULL, 0)))
        r = -1;
    br_sslio_init(&io, eng, sock_read, &fd, sock_write, &fd);
    if (r == 0 && server)
        r = serve(&io, chunk);
    for (char *size = server ? NULL : strtok(sizes, " \n"); r == 0 && size != NULL; size = strtok(NULL, " \n"))
        r = ask(&io, (size_t) strtoul(size, NULL, 10), chunk);
    if (r == 0)
        br_sslio_close(&io);
    else if (br_ssl_engine_last_error(eng) != 0)
        r = br_ssl_engine_last_error(eng);
    return r;
}

int main(int argc, char **argv)
{
    static unsigned char device_der[MAX_FILE], cert_der[MAX_FILE], key_der[MAX_FILE];
    char line[512], role[16];
    int suite, version, mutual, chunk, port, used;

    if (argc != 4)
        return 1;
    br_x509_decoder_init(&device, NULL, NULL);
    br_x509_decoder_push(&device, device_der, load(argv[1], device_der));
    cert.data = cert_der;
    cert.data_len = load(argv[2], cert_der);
    br_skey_decoder_init(&key);
    br_skey_decoder_push(&key, key_der, load(argv[3], key_der));
    if (br_x509_decoder_get_pkey(&device) == NULL || cert.data_len == 0 || br_skey_decoder_get_rsa(&key) == NULL) {
        puts("error setup");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t len = sizeof addr;
        int fd = socket(AF_INET, SOCK_STREAM, 0), r;
        if (sscanf(line, "%15s %d %d %d %d%n", role, &suite, &version, &mutual, &chunk, &used) != 5 || chunk < 1)
            return 2;
        if (strcmp(role, "server") == 0) {
            if (bind(fd, (struct sockaddr *) &addr, len) != 0 || listen(fd, 1) != 0)
                return 3;
            getsockname(fd, (struct sockaddr *) &addr, &len);
            printf("port %d\n", ntohs(addr.sin_port));
            int conn = accept(fd, NULL, NULL);
            close(fd);
            fd = conn;
            r = session(fd, 1, suite, version, mutual, (size_t) chunk, NULL);
        } else {
            int more;
            if (sscanf(line + used, "%d%n", &port, &more) != 1)
                return 2;
            addr.sin_port = htons((unsigned short) port);
            if (connect(fd, (struct sockaddr *) &addr, len) != 0)
                return 3;
            r = session(fd, 0, suite, version, mutual, (size_t) chunk, line + used + more);
        }
        close(fd);
        if (r == 0)
            puts("ok");
        else
            printf("error %d\n", r);
    }
    return 0;
}
