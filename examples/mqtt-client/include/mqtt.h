/* MQTT 3.1.1, what a small client needs: packets in both directions, without any network. */
#ifndef MQTT_H
#define MQTT_H

#include "c_types.h"

enum { MQTT_CONNECT = 1, MQTT_CONNACK, MQTT_PUBLISH, MQTT_PUBACK, MQTT_SUBSCRIBE = 8, MQTT_SUBACK, MQTT_PINGREQ = 12, MQTT_PINGRESP, MQTT_DISCONNECT };

/* A packet that arrived. The pointers point into the buffer. */
struct mqtt_packet {
	uint8 type, flags;
	uint8 *body;
	uint16 length;
};

/* Each writes a packet to buf and returns its length, 0 if it does not fit into size. */
uint16 mqtt_connect(uint8 *buf, uint16 size, const char *id, uint16 keepalive);
uint16 mqtt_subscribe(uint8 *buf, uint16 size, uint16 packet_id, const char *topic);
uint16 mqtt_publish(uint8 *buf, uint16 size, const char *topic, const char *data, uint16 length);
uint16 mqtt_pingreq(uint8 *buf, uint16 size);

/* Takes the first packet of n bytes. Returns its whole length, 0 if it is not complete yet, -1 if it is none. */
int mqtt_parse(uint8 *buf, uint16 n, struct mqtt_packet *packet);

#endif
