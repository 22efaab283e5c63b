from typing import Any

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "apps.tasks"
    label = "tasks"

    def ready(self) -> None:
        """Whoever removes a task (a page, the administration), it watches nothing any more."""
        from django.db.models.signals import post_delete

        post_delete.connect(_stop_watching, sender="tasks.Task", dispatch_uid="tasks.stop_watching")


def _stop_watching(sender: Any, instance: Any, **kwargs: Any) -> None:
    from apps.tasks.repairs import stop_watching

    stop_watching(instance.pk)
