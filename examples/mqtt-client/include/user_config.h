/* Where the settings, the certificates and the broker are. */
#ifndef USER_CONFIG_H
#define USER_CONFIG_H

/*
 * MQTT_SSL_ENABLE, a macro of the build as in the SDK's esp_mqtt_proj: with TLS, at the level that the settings say. Without it
 * the settings' level does not count, and there is plain TCP alone.
 */
#ifdef MQTT_SSL_ENABLE
#define DEFAULT_LEVEL LEVEL_VERIFY
#define DEFAULT_PORT 8883
#else
#define DEFAULT_LEVEL LEVEL_NONE
#define DEFAULT_PORT 1883
#endif

#define CA_SECTOR 0x77          /* esp_ca_cert.bin */
#define CLIENT_CERT_SECTOR 0x78 /* esp_cert_private_key.bin */
#define SETTINGS_SECTOR 0x79
#define SETTINGS_MAGIC 0x00FF55A4

/* Security levels. */
#define LEVEL_NONE 0    /* plain TCP */
#define LEVEL_ENCRYPT 1 /* TLS, the broker may be anybody */
#define LEVEL_VERIFY 2  /* TLS, the broker is checked with the CA */
#define LEVEL_MUTUAL 3  /* TLS, and the broker checks us */

#define RECONNECT_SECONDS 5
#define ANSWER_SECONDS 10 /* how long a ping, and the broker's first answer, may take */

#define TOPIC_IN "emu8266/in"
#define TOPIC_OUT "emu8266/out"

#endif
