/* The variable scannum of the SDK's library: how many access points the last scan found. No header declares it; firmware
 * that reads it (the SDK's IoT_Demo) does that itself, and then this file is linked. Own text of emu8266, MIT licence. */
#include "c_types.h"

uint16_t scannum;

ESP_SDK void esp_scan_count(uint16_t *count);
__attribute__((constructor)) static void tell(void) { esp_scan_count(&scannum); }
