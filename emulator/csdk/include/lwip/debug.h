/* Messages of lwIP, which there are none of. Own text of emu8266, MIT licence. */
#ifndef __LWIP_DEBUG_H__
#define __LWIP_DEBUG_H__

#define LWIP_DEBUGF(debug, message)
#define LWIP_ASSERT(message, assertion)
#define LWIP_ERROR(message, expression, handler) \
	do { \
		if (!(expression)) { \
			handler; \
		} \
	} while (0)

#endif
