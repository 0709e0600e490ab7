/* MQTT packets. */
#include "mqtt.h"
#include "osapi.h"

#define HEADER_MAX 3 /* type, and a length of two bytes: up to 16,383 */

/* put_text writes a string with its length before it. */
static uint8 *ICACHE_FLASH_ATTR put_text(uint8 *p, const char *text, uint16 n)
{
	*p++ = n >> 8;
	*p++ = n;
	os_memcpy(p, text, n);
	return p + n;
}

/* put_header begins a packet whose body has n bytes. NULL if there is no room. */
static uint8 *ICACHE_FLASH_ATTR put_header(uint8 *buf, uint16 size, uint8 first, uint16 n)
{
	if (size < HEADER_MAX + n)
		return NULL;
	*buf++ = first;
	if (n >= 128) {
		*buf++ = (n & 127) | 128;
		n >>= 7;
	}
	*buf++ = n;
	return buf;
}

uint16 ICACHE_FLASH_ATTR mqtt_connect(uint8 *buf, uint16 size, const char *id, uint16 keepalive)
{
	uint16 n = os_strlen(id);
	uint8 *p = put_header(buf, size, MQTT_CONNECT << 4, 10 + 2 + n);

	if (!p)
		return 0;
	p = put_text(p, "MQTT", 4);
	*p++ = 4; /* 3.1.1 */
	*p++ = 2; /* clean session */
	*p++ = keepalive >> 8;
	*p++ = keepalive;
	return put_text(p, id, n) - buf;
}

uint16 ICACHE_FLASH_ATTR mqtt_subscribe(uint8 *buf, uint16 size, uint16 packet_id, const char *topic)
{
	uint16 n = os_strlen(topic);
	uint8 *p = put_header(buf, size, MQTT_SUBSCRIBE << 4 | 2, 2 + 2 + n + 1);

	if (!p)
		return 0;
	*p++ = packet_id >> 8;
	*p++ = packet_id;
	p = put_text(p, topic, n);
	*p++ = 0; /* at most once */
	return p - buf;
}

uint16 ICACHE_FLASH_ATTR mqtt_publish(uint8 *buf, uint16 size, const char *topic, const char *data, uint16 length)
{
	uint16 n = os_strlen(topic);
	uint8 *p;

	if (length > size)
		return 0;
	p = put_header(buf, size, MQTT_PUBLISH << 4, 2 + n + length);
	if (!p)
		return 0;
	p = put_text(p, topic, n);
	os_memcpy(p, data, length);
	return p + length - buf;
}

uint16 ICACHE_FLASH_ATTR mqtt_pingreq(uint8 *buf, uint16 size)
{
	uint8 *p = put_header(buf, size, MQTT_PINGREQ << 4, 0);

	return p ? p - buf : 0;
}

int ICACHE_FLASH_ATTR mqtt_parse(uint8 *buf, uint16 n, struct mqtt_packet *packet)
{
	uint32 length = 0;
	int i = 0;

	do {
		if (++i > 4)
			return -1;
		if (i >= n)
			return 0;
		length |= (uint32)(buf[i] & 127) << (7 * (i - 1));
	} while (buf[i] & 128);
	if (length > 16383)
		return -1;
	if (n < i + 1 + length)
		return 0;
	packet->type = buf[0] >> 4;
	packet->flags = buf[0] & 15;
	packet->body = buf + i + 1;
	packet->length = length;
	return i + 1 + length;
}
