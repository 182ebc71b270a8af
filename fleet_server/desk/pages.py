"""Every page of the desk in one router."""

from fastapi import APIRouter

from fleet_server.desk import device_pages, event_pages, fleet_pages, home_pages, signing_pages

router = APIRouter(include_in_schema=False)
for part in (signing_pages, home_pages, fleet_pages, device_pages, event_pages):
    router.include_router(part.router)
