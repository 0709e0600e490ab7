/* The chip as a slave on SDIO. The emulator has no SDIO: calling one of these functions ends the firmware with an exception that
 * names the function. Own text of emu8266, MIT licence. */
#ifndef SDIO_SLV_H_INCLUDED
#define SDIO_SLV_H_INCLUDED

#include "c_types.h"
#include "ets_sys.h"
#include "user_interface.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*sdio_recv_data_callback_t)(uint8_t *data, uint32_t len);

void sdio_slave_init(void);
int32_t sdio_load_data(const uint8_t *data, uint32_t len);
bool sdio_register_recv_cb(sdio_recv_data_callback_t cb);

#ifdef __cplusplus
}
#endif

#endif
