/*
 * TLS peer on mbedTLS 2.28 for the interoperability tests of espconn/boundedtls.
 *
 *   mbedtls_peer CA.pem CERT.pem KEY.pem
 *
 * One session for each line of standard input; what it gives is one line of standard output:
 *
 *   server SUITE VERSION MUTUAL CHUNK          "port N" first; echoes each payload in records of CHUNK bytes
 *   client SUITE VERSION MUTUAL CHUNK PORT N.. sends payloads of N bytes in records of CHUNK bytes, compares the echo
 *
 * SUITE is a number, VERSION 1 to 3 for TLS 1.0 to 1.2, MUTUAL 0 or 1. On the wire a payload follows its length, four
 * bytes, big-endian. The result is "ok" or "error ...".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_MAJOR != 2
#error "mbedTLS 2 is wanted: later versions know neither TLS 1.0 nor 1.1"
#endif

#define MAX_PAYLOAD 65536

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_x509_crt ca, cert;
static mbedtls_pk_context key;
static unsigned char payload[MAX_PAYLOAD], echo[MAX_PAYLOAD];

static int read_all(mbedtls_ssl_context *ssl, unsigned char *p, size_t n)
{
    while (n > 0) {
        int r = mbedtls_ssl_read(ssl, p, n);
        if (r <= 0)
            return r == 0 ? MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY : r;
        p += r;
        n -= (size_t) r;
    }
    return 0;
}

static int write_all(mbedtls_ssl_context *ssl, const unsigned char *p, size_t n, size_t chunk)
{
    while (n > 0) {
        size_t want = n < chunk ? n : chunk;
        int r = mbedtls_ssl_write(ssl, p, want);
        if (r <= 0)
            return r;
        p += r;
        n -= (size_t) r;
    }
    return 0;
}

/* serve echoes until the device says goodbye. */
static int serve(mbedtls_ssl_context *ssl, size_t chunk)
{
    for (;;) {
        unsigned char head[4];
        int r = read_all(ssl, head, 4);
        if (r == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return 0;
        if (r != 0)
            return r;
        size_t n = (size_t) head[0] << 24 | (size_t) head[1] << 16 | (size_t) head[2] << 8 | head[3];
        if (n > MAX_PAYLOAD)
            return -1;
        if ((r = read_all(ssl, payload, n)) != 0 || (r = write_all(ssl, payload, n, chunk)) != 0)
            return r;
    }
}

/* ask sends a payload of n bytes and compares what comes back. */
static int ask(mbedtls_ssl_context *ssl, size_t n, size_t chunk)
{
    unsigned char head[4] = { (unsigned char) (n >> 24), (unsigned char) (n >> 16), (unsigned char) (n >> 8), (unsigned char) n };
    int r;
    if (n > MAX_PAYLOAD)
        return -1;
    for (size_t i = 0; i < n; i++)
        payload[i] = (unsigned char) (7 * i + 3);
    if ((r = write_all(ssl, head, 4, chunk)) != 0 || (r = write_all(ssl, payload, n, chunk)) != 0 ||
        (r = read_all(ssl, echo, n)) != 0)
        return r;
    return memcmp(payload, echo, n) == 0 ? 0 : -2;
}

static int session(int fd, int server, int suite, int version, int mutual, size_t chunk, char *sizes)
{
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_net_context net;
    int suites[2] = { suite, 0 };
    int r, on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    net.fd = fd;
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&conf);
    r = mbedtls_ssl_config_defaults(&conf, server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &drbg);
    mbedtls_ssl_conf_ciphersuites(&conf, suites);
    mbedtls_ssl_conf_min_version(&conf, 3, version);
    mbedtls_ssl_conf_max_version(&conf, 3, version);
    mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
    mbedtls_ssl_conf_authmode(&conf, server && !mutual ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED);
    if (r == 0 && (server || mutual))
        r = mbedtls_ssl_conf_own_cert(&conf, &cert, &key);
    if (r == 0)
        r = mbedtls_ssl_setup(&ssl, &conf);
    mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    if (r == 0)
        r = mbedtls_ssl_handshake(&ssl);
    if (r == 0 && server)
        r = serve(&ssl, chunk);
    for (char *size = server ? NULL : strtok(sizes, " \n"); r == 0 && size != NULL; size = strtok(NULL, " \n"))
        r = ask(&ssl, (size_t) strtoul(size, NULL, 10), chunk);
    if (r == 0)
        mbedtls_ssl_close_notify(&ssl);
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&conf);
    return r;
}

int main(int argc, char **argv)
{
    char line[512], role[16];
    int suite, version, mutual, chunk, port, used;

    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    mbedtls_x509_crt_init(&ca);
    mbedtls_x509_crt_init(&cert);
    mbedtls_pk_init(&key);
    if (argc != 4 || mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0) != 0 ||
        mbedtls_x509_crt_parse_file(&ca, argv[1]) != 0 || mbedtls_x509_crt_parse_file(&cert, argv[2]) != 0 ||
        mbedtls_pk_parse_keyfile(&key, argv[3], NULL) != 0) {
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
            printf("error -0x%04x\n", -r);
    }
    return 0;
}
