/* The order of bytes on the network. Own text of emu8266, MIT licence. */
#ifndef __LWIP_DEF_H__
#define __LWIP_DEF_H__

#include "lwip/arch.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LWIP_MAX(x, y) (((x) > (y)) ? (x) : (y))
#define LWIP_MIN(x, y) (((x) < (y)) ? (x) : (y))
#define PP_HTONS(x) ((((x)&0xff) << 8) | (((x)&0xff00) >> 8))
#define PP_NTOHS(x) PP_HTONS(x)
#define PP_HTONL(x) ((((x)&0xff) << 24) | (((x)&0xff00) << 8) | (((x)&0xff0000UL) >> 8) | (((x)&0xff000000UL) >> 24))
#define PP_NTOHL(x) PP_HTONL(x)

static inline u16 lwip_htons(u16 x) { return (u16)PP_HTONS(x); }
static inline u16 lwip_ntohs(u16 x) { return (u16)PP_HTONS(x); }
static inline u32 lwip_htonl(u32 x) { return PP_HTONL(x); }
static inline u32 lwip_ntohl(u32 x) { return PP_HTONL(x); }
#define htons(x) lwip_htons(x)
#define ntohs(x) lwip_ntohs(x)
#define htonl(x) lwip_htonl(x)
#define ntohl(x) lwip_ntohl(x)

#ifdef __cplusplus
}
#endif

#endif
