/* The flash chip (sdk-surface.md, spi_flash.h). Own text of espemu, MIT licence. */
#ifndef SPI_FLASH_H
#define SPI_FLASH_H

#include "c_types.h"

typedef enum { SPI_FLASH_RESULT_OK, SPI_FLASH_RESULT_ERR, SPI_FLASH_RESULT_TIMEOUT } SpiFlashOpResult;

#define SPI_FLASH_SEC_SIZE 4096

ESP_SDK uint32 spi_flash_get_id(void);
ESP_SDK SpiFlashOpResult spi_flash_erase_sector(uint16 sector);
ESP_SDK SpiFlashOpResult spi_flash_write(uint32 to, uint32 *from, uint32 size);
ESP_SDK SpiFlashOpResult spi_flash_read(uint32 from, uint32 *to, uint32 size);

#endif
