"""Every page of the desk in one router."""

from fastapi import APIRouter

from fleet_server.desk import fleet_pages, signing_pages

router = APIRouter(include_in_schema=False)
for part in (signing_pages, fleet_pages):
    router.include_router(part.router)
