/* The ROM's functions that no header declares: hashes, ciphers, base64, UART, flash, random numbers. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"

int md5_vector(size_t n, const uint8 *addr[], const size_t *len, uint8 *mac);
int sha1_vector(size_t n, const uint8 *addr[], const size_t *len, uint8 *mac);
int hmac_md5(const uint8 *key, size_t key_len, const uint8 *data, size_t data_len, uint8 *mac);
int hmac_sha1(const uint8 *key, size_t key_len, const uint8 *data, size_t data_len, uint8 *mac);
int hmac_md5_vector(const uint8 *key, size_t key_len, size_t n, const uint8 *addr[], const size_t *len, uint8 *mac);
int hmac_sha1_vector(const uint8 *key, size_t key_len, size_t n, const uint8 *addr[], const size_t *len, uint8 *mac);
int sha1_prf(const uint8 *key, size_t key_len, const char *label, const uint8 *data, size_t data_len, uint8 *buf, size_t buf_len);
int pbkdf2_sha1(const char *passphrase, const char *ssid, size_t ssid_len, int iterations, uint8 *buf, size_t buf_len);
void SHA1Transform(uint32 state[5], const uint8 block[64]);
int rc4_skip(const uint8 *key, size_t key_len, size_t skip, uint8 *data, size_t data_len);
int aes_unwrap(const uint8 *kek, int n, const uint8 *cipher, uint8 *plain);
void rijndaelKeySetupEnc(uint32 rk[44], const uint8 key[16]);
void rijndaelKeySetupDec(uint32 rk[44], const uint8 key[16]);
void *aes_encrypt_init(const uint8 *key, size_t len);
void aes_encrypt(void *ctx, const uint8 *plain, uint8 *crypt);
void aes_encrypt_deinit(void *ctx);
void *aes_decrypt_init(const uint8 *key, size_t len);
void aes_decrypt(void *ctx, const uint8 *crypt, uint8 *plain);
void aes_decrypt_deinit(void *ctx);
uint8 *base64_encode(const uint8 *src, size_t len, size_t *out_len);
uint8 *base64_decode(const uint8 *src, size_t len, size_t *out_len);
int rand(void);
void srand(unsigned seed);
/* The SDK's driver has functions of these names: the ROM's are called by their addresses. */
#define uart_tx_one_char ((int (*)(char))0x40003B30)
#define uart_rx_one_char ((int (*)(uint8 *))0x40003B8C)
void uart_buff_switch(int uart);
void ets_uart_printf(const char *format, ...);
void ets_install_uart_printf(void);
int SPIEraseArea(uint32 start, uint32 len);
int SPIRead(uint32 addr, void *to, uint32 len);
int SPIWrite(uint32 addr, const void *from, uint32 len);
int SPI_read_status(void *chip, uint32 *status);
int Wait_SPI_Idle(void *chip);
int SPIUnlock(void);
int ets_wdt_disable(void);
void ets_wdt_enable(int mode, int a, int b);
int ets_wdt_get_mode(void);
void ets_wdt_restore(int mode);
uint32 xthal_get_ccount(void);
uint32 _xtos_set_intlevel(uint32 level);
uint32 _xtos_set_min_intlevel(uint32 level);
uint32 _xtos_restore_intlevel(uint32 ps);
void *_xtos_set_interrupt_handler(uint32 number, void *f);

static os_timer_t timer;
static const uint8 key[16] = "0123456789abcdef";
static uint32 words[44];

static void hex(const char *name, int result, const void *data, int n)
{
	const uint8 *b = data;

	os_printf("%s %d ", name, result);
	while (n-- > 0)
		os_printf("%02x", *b++);
	os_printf("\n");
}

static void numbers(const char *name, const uint32 *w, int n)
{
	os_printf("%s ", name);
	while (n-- > 0)
		os_printf("%08x", *w++);
	os_printf("\n");
}

static void quiet(char c)
{
}

static void run(void *arg)
{
	const uint8 *pieces[3] = {(const uint8 *)"one", (const uint8 *)"", (const uint8 *)"and two"};
	const size_t lengths[3] = {3, 0, 7};
	static const uint8 wrapped[24] = { /* RFC 3394 4.1 */
		0x1F, 0xA6, 0x8B, 0x0A, 0x81, 0x12, 0xB4, 0x47, 0xAE, 0xF3, 0x4B, 0xD8, 0xFB, 0x5A, 0x7B, 0x82,
		0x9D, 0x3E, 0x86, 0x23, 0x71, 0xD2, 0xCF, 0xE5};
	static const uint8 fips[16] = { /* FIPS 197 A.1 */
		0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F, 0x3C};
	uint8 kek[16], out[100], c;
	uint32 state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0}, status = 7, before;
	size_t n = 0;
	uint8 *text, *back;
	void *aes;
	int i;

	hex("md5_vector", md5_vector(3, pieces, lengths, out), out, 16);
	hex("sha1_vector", sha1_vector(3, pieces, lengths, out), out, 20);
	hex("hmac_md5", hmac_md5(key, 16, (const uint8 *)"one and two", 11, out), out, 16);
	hex("hmac_sha1", hmac_sha1(key, 16, (const uint8 *)"one and two", 11, out), out, 20);
	hex("hmac_md5_vector", hmac_md5_vector(key, 16, 3, pieces, lengths, out), out, 16);
	hex("hmac_sha1_vector", hmac_sha1_vector(key, 16, 3, pieces, lengths, out), out, 20);
	os_printf("too many %d\n", hmac_sha1_vector(key, 16, 6, pieces, lengths, out));
	hex("sha1_prf", sha1_prf(key, 16, "Pairwise key expansion", (const uint8 *)"data", 4, out, 48), out, 48);
	hex("pbkdf2_sha1", pbkdf2_sha1("ThisIsAPassword", "ThisIsASSID", 11, 64, out, 32), out, 32);
	os_memset(out, 0, 64);
	os_memcpy(out, "abc\x80", 4);
	out[63] = 24;
	SHA1Transform(state, out);
	numbers("SHA1Transform", state, 5);
	os_memcpy(out, "some plain text", 15);
	hex("rc4_skip", rc4_skip(key, 16, 300, out, 15), out, 15);
	for (i = 0; i < 16; i++)
		kek[i] = i;
	hex("aes_unwrap", aes_unwrap(kek, 2, wrapped, out), out, 16);
	kek[0] ^= 1;
	os_printf("aes_unwrap of a wrong key %d\n", aes_unwrap(kek, 2, wrapped, out));
	rijndaelKeySetupEnc(words, fips);
	numbers("rijndaelKeySetupEnc", words, 44);
	rijndaelKeySetupDec(words, fips);
	numbers("rijndaelKeySetupDec", words, 44);
	aes = aes_decrypt_init(key, 16);
	aes_decrypt(aes, wrapped, out);
	hex("aes_decrypt", 0, out, 16);
	aes_decrypt_deinit(aes);
	aes = aes_encrypt_init(key, 16);
	aes_encrypt(aes, out, out + 16);
	os_printf("aes_encrypt %d\n", os_memcmp(out + 16, wrapped, 16));
	aes_encrypt_deinit(aes);
	os_printf("aes_decrypt_init of 32 bytes %p\n", aes_decrypt_init(out, 32));
	text = base64_encode(out, 60, &n);
	os_printf("base64_encode %d %d %s", n, os_strlen((char *)text), text);
	back = base64_decode(text, n, &n);
	os_printf("base64_decode %d %d\n", n, os_memcmp(back, out, 60));
	os_free(text);
	os_free(back);
	os_printf("no base64 %p\n", base64_decode((const uint8 *)"abc", 3, &n));

	srand(7);
	i = rand();
	srand(7);
	os_printf("rand %d %d %d\n", i >= 0, i == rand(), i == rand());

	os_install_putc1(quiet);
	os_printf("not to be seen\n");
	uart_tx_one_char('<');
	ets_install_uart_printf();
	os_printf("seen>\n");
	uart_buff_switch(1);
	ets_uart_printf("to the other\n");
	uart_tx_one_char('!');
	uart_tx_one_char('\n');
	uart_buff_switch(0);
	os_printf("uart_rx_one_char %d", uart_rx_one_char(&c));
	os_printf(" %c %d\n", c, uart_rx_one_char(&c));

	for (i = 0; i < 44; i++)
		words[i] = i;
	SPIWrite(0x101000, words, 8);
	SPIWrite(0x103000, words, 8);
	os_printf("SPIEraseArea %d", SPIEraseArea(0x101000, 0x1800));
	SPIRead(0x101000, words, 8);
	SPIRead(0x103000, words + 2, 8);
	os_printf(" %x %x %d %d, %d %d %d %d\n", words[0], words[1], words[2], words[3], SPIUnlock(), Wait_SPI_Idle(0), SPI_read_status(0, &status),
		status);

	os_printf("ets_wdt %d", ets_wdt_get_mode());
	ets_wdt_enable(2, 3, 3);
	os_printf(" %d %x", ets_wdt_get_mode(), READ_PERI_REG(0x60000900) & 1);
	os_printf(" %d %d %x", ets_wdt_disable(), ets_wdt_get_mode(), READ_PERI_REG(0x60000900) & 1);
	ets_wdt_restore(2);
	os_printf(" %d %x\n", ets_wdt_get_mode(), READ_PERI_REG(0x60000900) & 1);
	os_printf("_xtos_set_intlevel %x", _xtos_set_intlevel(3));
	os_printf(" %x", _xtos_set_min_intlevel(1));
	os_printf(" %x", _xtos_restore_intlevel(0x20));
	os_printf(" %x\n", _xtos_set_intlevel(0));
	os_printf("_xtos_set_interrupt_handler %p", _xtos_set_interrupt_handler(9, user_init));
	os_printf(" %d", _xtos_set_interrupt_handler(9, 0) == user_init);
	os_printf(" %p\n", _xtos_set_interrupt_handler(16, user_init));
	before = xthal_get_ccount();
	os_printf("xthal_get_ccount %d\n", xthal_get_ccount() - before > 0);
}

void user_init(void)
{
	os_timer_setfn(&timer, run, &timer);
	os_timer_arm(&timer, 100, 0);
}
