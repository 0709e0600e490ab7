/* lwIP's packets. The emulator has a network stack of its own below espconn, so firmware does not see packets: calling one of
 * these functions ends it with an exception that names the function. Own text of emu8266, MIT licence. */
#ifndef __LWIP_PBUF_H__
#define __LWIP_PBUF_H__

#include "lwip/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { PBUF_TRANSPORT, PBUF_IP, PBUF_LINK, PBUF_RAW } pbuf_layer;
typedef enum { PBUF_RAM, PBUF_ROM, PBUF_REF, PBUF_POOL } pbuf_type;

/* struct pbuf is one piece of a packet. The SDK's has more behind these members. */
struct pbuf {
	struct pbuf *next;
	void *payload;
	u16 tot_len; /* of this piece and those behind it */
	u16 len;
	u8 type;
	u8 flags;
	u16 ref;
	void *eb;
};

struct pbuf *pbuf_alloc(pbuf_layer layer, u16 length, pbuf_type type);
void pbuf_realloc(struct pbuf *p, u16 length);
u8 pbuf_header(struct pbuf *p, s16 bytes);
void pbuf_ref(struct pbuf *p);
u8 pbuf_free(struct pbuf *p);
u8 pbuf_clen(struct pbuf *p);
void pbuf_cat(struct pbuf *head, struct pbuf *tail);
void pbuf_chain(struct pbuf *head, struct pbuf *tail);
struct pbuf *pbuf_dechain(struct pbuf *p);
err_t pbuf_copy(struct pbuf *to, struct pbuf *from);
u16 pbuf_copy_partial(struct pbuf *p, void *data, u16 length, u16 offset);
err_t pbuf_take(struct pbuf *p, const void *data, u16 length);
u8 pbuf_get_at(struct pbuf *p, u16 offset);

#ifdef __cplusplus
}
#endif

#endif
