/* Firmware for scripts: it does what lines on UART0 say. "tls NAME PORT" and "tcp NAME PORT" connect, "say TEXT" sends a line,
 * "bye" disconnects, "take N" allocates, "save N" counts in the flash. What happens it prints. */
#include <stdlib.h>
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "spi_flash.h"
#include "espconn.h"
#include "driver/uart.h"

#define SECTOR 0x80

static struct espconn conn;
static esp_tcp tcp;
static ip_addr_t addr;
static os_event_t queue[4];
static char line[128], host[64], out[128];
static uint32 length;
static int secure, port;

__attribute__((used)) int add(int a, int b) { return a + b; }

static void on_recv(void *arg, char *data, unsigned short n)
{
	static char text[512];

	os_memset(text, 0, sizeof(text));
	os_memcpy(text, data, n < sizeof(text) - 1 ? n : sizeof(text) - 1);
	os_printf("received %d: %s\n", n, text);
}

static void on_sent(void *arg) { os_printf("sent\n"); }
static void on_disconnect(void *arg) { os_printf("disconnected\n"); }
static void on_reconnect(void *arg, sint8 err) { os_printf("lost, err %d\n", err); }

static void on_connect(void *arg)
{
	struct espconn *c = arg;

	espconn_regist_recvcb(c, on_recv);
	espconn_regist_sentcb(c, on_sent);
	os_printf("connected\n");
}

static void start(const uint8 *ip)
{
	sint8 ret;

	conn.type = ESPCONN_TCP;
	conn.state = ESPCONN_NONE;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = port;
	os_memcpy(tcp.remote_ip, ip, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_reconcb(&conn, on_reconnect);
	espconn_regist_disconcb(&conn, on_disconnect);
	espconn_secure_set_size(ESPCONN_CLIENT, 4096);
	ret = secure ? espconn_secure_connect(&conn) : espconn_connect(&conn);
	os_printf("connect: %d\n", ret);
}

static void on_found(const char *name, ip_addr_t *ip, void *arg)
{
	if (!ip) {
		os_printf("no such name\n");
		return;
	}
	start((const uint8 *)&ip->addr);
}

static void lookup(void)
{
	sint8 ret = espconn_gethostbyname(&conn, host, &addr, on_found);

	if (ret == ESPCONN_OK)
		start((const uint8 *)&addr.addr);
	else if (ret != ESPCONN_INPROGRESS)
		os_printf("lookup: %d\n", ret);
}

/* target reads "NAME PORT". */
static bool target(char *text)
{
	char *blank = (char *)os_strchr(text, ' ');

	if (!blank || blank - text >= (int)sizeof(host))
		return false;
	*blank = 0;
	os_strcpy(host, text);
	port = atoi(blank + 1);
	return port > 0;
}

static void save(int n)
{
	static uint32 word;
	SpiFlashOpResult e, w;

	word = n;
	e = spi_flash_erase_sector(SECTOR);
	w = spi_flash_write(SECTOR * SPI_FLASH_SEC_SIZE, &word, sizeof(word));
	os_printf("saved %d: %d %d\n", n, e, w);
}

static void obey(char *text)
{
	sint8 ret;

	if (!os_strncmp(text, "tls ", 4) || !os_strncmp(text, "tcp ", 4)) {
		secure = text[1] == 'l';
		if (target(text + 4))
			lookup();
	} else if (!os_strncmp(text, "say ", 4)) {
		os_sprintf(out, "%s\n", text + 4);
		ret = secure ? espconn_secure_send(&conn, (uint8 *)out, os_strlen(out)) : espconn_send(&conn, (uint8 *)out, os_strlen(out));
		os_printf("send: %d\n", ret);
	} else if (!os_strcmp(text, "bye")) {
		os_printf("disconnect: %d\n", secure ? espconn_secure_disconnect(&conn) : espconn_disconnect(&conn));
	} else if (!os_strncmp(text, "take ", 5)) {
		os_printf("taken: %s\n", os_malloc(atoi(text + 5)) ? "yes" : "no");
	} else if (!os_strncmp(text, "save ", 5)) {
		save(atoi(text + 5));
	} else {
		os_printf("what?\n");
	}
}

static void on_uart(void *arg)
{
	CLEAR_PERI_REG_MASK(UART_INT_ENA(UART0), UART_RXFIFO_FULL_INT_ENA | UART_RXFIFO_TOUT_INT_ENA);
	WRITE_PERI_REG(UART_INT_CLR(UART0), 0xffff);
	system_os_post(USER_TASK_PRIO_0, 0, 0);
}

static void task(os_event_t *e)
{
	while (READ_PERI_REG(UART_STATUS(UART0)) >> UART_RXFIFO_CNT_S & UART_RXFIFO_CNT) {
		char c = READ_PERI_REG(UART_FIFO(UART0));

		if (c == '\r')
			continue;
		if (c != '\n') {
			if (length < sizeof(line) - 1)
				line[length++] = c;
			continue;
		}
		line[length] = 0;
		length = 0;
		obey(line);
	}
	SET_PERI_REG_MASK(UART_INT_ENA(UART0), UART_RXFIFO_FULL_INT_ENA | UART_RXFIFO_TOUT_INT_ENA);
}

static void on_wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP)
		os_printf("got ip " IPSTR "\n", IP2STR(&e->event_info.got_ip.ip));
	else if (e->event == EVENT_STAMODE_DISCONNECTED)
		os_printf("wifi lost\n");
}

void user_init(void)
{
	uint32 saved;

	uart_init(BIT_RATE_115200, BIT_RATE_115200);
	spi_flash_read(SECTOR * SPI_FLASH_SEC_SIZE, &saved, sizeof(saved));
	os_printf("\nready, %d saved\n", saved);
	system_os_task(task, USER_TASK_PRIO_0, queue, 4);
	ETS_UART_INTR_ATTACH(on_uart, NULL);
	wifi_set_event_handler_cb(on_wifi);
}
