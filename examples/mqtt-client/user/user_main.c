/*
 * mqtt-client: an MQTT client for the NonOS SDK over espconn_secure_*. It connects to a broker, subscribes to TOPIC_IN,
 * says hello on TOPIC_OUT and sends back what arrives. It keeps the connection alive and makes a new one when it is lost.
 * Broker and security level are settings in flash.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"
#include "spi_flash.h"
#include "mqtt.h"

#define BUFFER_SIZE 512

struct settings {
	uint32 magic;
	uint32 level;
	uint8 broker[4];
	uint32 port;
	uint32 keepalive; /* seconds */
	uint32 tls_size;  /* espconn_secure_set_size, 0: the SDK's */
};

enum state { OFFLINE, WAITING, CONNECTING, MQTT_WAIT, ONLINE, CLOSING };

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_SSL_CLIENT_CA, CA_SECTOR * 0x1000, 0x1000},
	{SYSTEM_PARTITION_SSL_CLIENT_CERT_PRIVKEY, CLIENT_CERT_SECTOR * 0x1000, 0x1000},
	{SYSTEM_PARTITION_CUSTOMER_BEGIN, SETTINGS_SECTOR * 0x1000, 0x1000},
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x30000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x30000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static struct settings settings;
static struct espconn conn;
static esp_tcp tcp;
static os_event_t queue[1];
static bool posted; /* the task is to run: a second event has no place, and would say nothing new */
static os_timer_t timer;
static enum state state;
static uint32 seconds; /* in this state, or since the last packet was sent */
static bool ping_open;
static bool sending;
static uint8 out[BUFFER_SIZE], flying[BUFFER_SIZE], in[BUFFER_SIZE];
static uint16 out_length, in_length;

static void ICACHE_FLASH_ATTR set_state(enum state s)
{
	state = s;
	seconds = 0;
}

static void ICACHE_FLASH_ATTR wake(void)
{
	if (!posted)
		posted = system_os_post(USER_TASK_PRIO_2, 0, (os_param_t)&conn);
}

/* queued takes note of n more bytes behind out_length. */
static void ICACHE_FLASH_ATTR queued(uint16 n)
{
	if (n == 0)
		os_printf("mqtt: no room, packet dropped\n");
	out_length += n;
	wake();
}

static uint8 *ICACHE_FLASH_ATTR room(void) { return out + out_length; }
static uint16 ICACHE_FLASH_ATTR space(void) { return sizeof(out) - out_length; }

static void ICACHE_FLASH_ATTR on_packet(struct mqtt_packet *p)
{
	char text[64];
	uint16 topic, n;

	switch (p->type) {
	case MQTT_CONNACK:
		if (p->length < 2 || p->body[1] != 0) {
			os_printf("mqtt: refused, code %d\n", p->length < 2 ? -1 : p->body[1]);
			set_state(CLOSING);
			wake();
			return;
		}
		os_printf("mqtt: connected\n");
		set_state(ONLINE);
		queued(mqtt_subscribe(room(), space(), 1, TOPIC_IN));
		return;
	case MQTT_SUBACK:
		os_printf("mqtt: subscribed to %s\n", TOPIC_IN);
		os_sprintf(text, "hello from %06x", system_get_chip_id());
		queued(mqtt_publish(room(), space(), TOPIC_OUT, text, os_strlen(text)));
		return;
	case MQTT_PUBLISH:
		if (p->length < 2)
			return;
		topic = p->body[0] << 8 | p->body[1];
		if (topic + 2 > p->length)
			return;
		n = p->length - 2 - topic;
		os_bzero(text, sizeof(text));
		os_memcpy(text, p->body + 2 + topic, n < sizeof(text) ? n : sizeof(text) - 1);
		os_printf("mqtt: %d bytes: %s\n", n, text);
		queued(mqtt_publish(room(), space(), TOPIC_OUT, text, os_strlen(text)));
		return;
	case MQTT_PINGRESP:
		ping_open = false;
		return;
	}
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	struct mqtt_packet p;
	int n = 0;

	while (len > 0 && n >= 0) { /* several packets may come at once, and parts of one */
		uint16 part = sizeof(in) - in_length < len ? sizeof(in) - in_length : len;

		os_memcpy(in + in_length, data, part);
		in_length += part;
		data += part;
		len -= part;
		while ((n = mqtt_parse(in, in_length, &p)) > 0) {
			on_packet(&p);
			in_length -= n;
			os_memmove(in, in + n, in_length);
		}
		if (n == 0 && in_length == sizeof(in))
			n = -1; /* longer than the buffer */
	}
	if (n < 0) {
		os_printf("mqtt: what the broker sends is no packet for us\n");
		set_state(CLOSING);
		wake();
	}
}

static void ICACHE_FLASH_ATTR on_sent(void *arg)
{
	sending = false;
	if (out_length > 0)
		wake();
}

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	os_printf("%s: connected, %d bytes of heap free\n", settings.level == LEVEL_NONE ? "tcp" : "tls", system_get_free_heap_size());
	espconn_regist_recvcb(arg, on_recv);
	espconn_regist_sentcb(arg, on_sent);
	in_length = out_length = 0;
	ping_open = sending = false;
	set_state(MQTT_WAIT);
	os_sprintf((char *)flying, "emu8266-%06x", system_get_chip_id());
	queued(mqtt_connect(room(), space(), (char *)flying, settings.keepalive));
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	os_printf("disconnected\n");
	set_state(WAITING);
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("connection failed, err %d\n", err);
	set_state(WAITING);
}

/* The functions of TLS and of TCP must not be mixed: level 0 is all of TCP, the others are all of TLS. */
#ifdef MQTT_SSL_ENABLE
static sint8 ICACHE_FLASH_ATTR broker_connect(void)
{
	if (settings.level == LEVEL_NONE)
		return espconn_connect(&conn);
	if (settings.tls_size && !espconn_secure_set_size(ESPCONN_CLIENT, settings.tls_size))
		os_printf("espconn_secure_set_size(1, %d) failed\n", settings.tls_size);
	if (settings.level >= LEVEL_VERIFY)
		espconn_secure_ca_enable(ESPCONN_CLIENT, CA_SECTOR);
	if (settings.level >= LEVEL_MUTUAL)
		espconn_secure_cert_req_enable(ESPCONN_CLIENT, CLIENT_CERT_SECTOR);
	return espconn_secure_connect(&conn);
}

static sint8 ICACHE_FLASH_ATTR broker_send(uint8 *data, uint16 n)
{
	return settings.level == LEVEL_NONE ? espconn_send(&conn, data, n) : espconn_secure_send(&conn, data, n);
}

static void ICACHE_FLASH_ATTR broker_disconnect(void)
{
	if (settings.level == LEVEL_NONE)
		espconn_disconnect(&conn);
	else
		espconn_secure_disconnect(&conn);
}
#else
static sint8 ICACHE_FLASH_ATTR broker_connect(void) { return espconn_connect(&conn); }
static sint8 ICACHE_FLASH_ATTR broker_send(uint8 *data, uint16 n) { return espconn_send(&conn, data, n); }
static void ICACHE_FLASH_ATTR broker_disconnect(void) { espconn_disconnect(&conn); }
#endif

static void ICACHE_FLASH_ATTR start_connect(void)
{
	sint8 ret;

	os_bzero(&conn, sizeof(conn));
	os_bzero(&tcp, sizeof(tcp));
	conn.type = ESPCONN_TCP;
	conn.state = ESPCONN_NONE;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = settings.port;
	os_memcpy(tcp.remote_ip, settings.broker, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_reconcb(&conn, on_reconnect);
	espconn_regist_disconcb(&conn, on_disconnect);

	set_state(CONNECTING);
	os_printf("connect to " IPSTR ":%d, level %d\n", IP2STR(settings.broker), settings.port, settings.level);
	ret = broker_connect();
	if (ret != ESPCONN_OK) {
		os_printf("connect: %d\n", ret);
		set_state(WAITING);
	}
}

/* The task does what callbacks must not: it connects, sends and disconnects. */
static void ICACHE_FLASH_ATTR task(os_event_t *e)
{
	sint8 ret;
	uint16 n;

	posted = false;
	switch (state) {
	case WAITING:
		if (seconds >= RECONNECT_SECONDS)
			start_connect();
		return;
	case CLOSING:
		set_state(CONNECTING); /* until the disconnect callback */
		broker_disconnect();
		return;
	case MQTT_WAIT:
	case ONLINE:
		if (sending || out_length == 0)
			return;
		n = out_length;
		os_memcpy(flying, out, n); /* stays as it is until the sent callback */
		ret = broker_send(flying, n);
		if (ret != ESPCONN_OK) {
			os_printf("send: %d\n", ret);
			return; /* the timer tries again */
		}
		sending = true;
		out_length = 0;
		seconds = 0;
		return;
	default:
		return;
	}
}

/* every_second has no argument although a timer's function has one: usual, and works on the device. */
static void ICACHE_FLASH_ATTR every_second(void)
{
	seconds++;
	if (state == MQTT_WAIT && seconds > ANSWER_SECONDS) {
		os_printf("mqtt: no answer\n");
		set_state(CLOSING);
	} else if (state == ONLINE && ping_open && seconds > ANSWER_SECONDS) {
		os_printf("mqtt: ping without answer\n");
		set_state(CLOSING);
	} else if (state == ONLINE && !ping_open && seconds >= settings.keepalive / 2) {
		ping_open = true;
		queued(mqtt_pingreq(room(), space()));
	}
	wake();
}

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP) {
		os_printf("got ip " IPSTR "\n", IP2STR(&e->event_info.got_ip.ip));
		if (state == OFFLINE) {
			set_state(WAITING);
			seconds = RECONNECT_SECONDS; /* now */
			wake();
		}
	}
}

static void ICACHE_FLASH_ATTR load_settings(void)
{
	static const struct settings defaults = {SETTINGS_MAGIC, DEFAULT_LEVEL, {10, 0, 0, 1}, DEFAULT_PORT, 120, 3072};

	spi_flash_read(SETTINGS_SECTOR * SPI_FLASH_SEC_SIZE, (uint32 *)&settings, sizeof(settings));
#ifndef MQTT_SSL_ENABLE
	settings.level = LEVEL_NONE;
#endif
	if (settings.magic == SETTINGS_MAGIC)
		return;
	settings = defaults;
	spi_flash_erase_sector(SETTINGS_SECTOR);
	spi_flash_write(SETTINGS_SECTOR * SPI_FLASH_SEC_SIZE, (uint32 *)&settings, sizeof(settings));
	os_printf("settings: defaults\n");
}

void ICACHE_FLASH_ATTR user_pre_init(void)
{
	if (!system_partition_table_regist(partitions, sizeof(partitions) / sizeof(partitions[0]), 6)) {
		os_printf("system_partition_table_regist failed\n");
		while (1)
			;
	}
}

void ICACHE_FLASH_ATTR user_init(void)
{
	os_printf("SDK %s, %d bytes of heap free\n", system_get_sdk_version(), system_get_free_heap_size());
	load_settings();
	system_os_task(task, USER_TASK_PRIO_2, queue, 1);
	os_timer_setfn(&timer, (os_timer_func_t *)every_second, NULL);
	os_timer_arm(&timer, 1000, 1);
	wifi_set_event_handler_cb(on_wifi);
	wifi_set_opmode_current(STATION_MODE);
}
