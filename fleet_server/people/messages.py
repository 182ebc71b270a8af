"""Texts of the errors of accounts, sign-in and tokens."""

MESSAGES: dict[str, tuple[str, str]] = {
    "token_invalid": (
        "访问令牌无效、已过期或已吊销，请换一个有效的令牌。",
        "The token is wrong, expired or revoked. Send a valid one.",
    ),
    "csrf_refused": (
        "页面已过期或请求来自其他网站。请刷新页面后重新提交。",
        "The page is out of date, or the request came from another site. Reload the page and send it again.",
    ),
    "role_missing": ("此操作需要以下角色之一：{roles}。", "This needs one of these roles: {roles}."),
    "sign_in_needed": ("请先登录。", "Sign in first."),
    "sign_in_refused": ("用户名或密码不正确。", "That username and password do not belong together."),
    "sign_in_too_soon": (
        "密码错误次数过多，请在 {retry_after_s} 秒后重试。",
        "Too many wrong passwords. Try again in {retry_after_s} s.",
    ),
    "username_taken": ("用户名 {username} 已被使用，请换一个。", "The username {username} is taken. Choose another."),
    "password_unfit": ("密码长度须为 {least} 至 {most} 个字符。", "A password has {least} to {most} characters."),
    "token_expiry_wrong": (
        "令牌有效期须在现在之后且不超过 {days} 天。",
        "A token expires after now and within {days} days.",
    ),
    "token_not_found": ("没有这个令牌。", "You have no such token."),
    "person_not_found": (
        "没有找到该人员，或不在您的管理范围内。",
        "That person does not exist, or has no role in your part of the tree.",
    ),
    "grant_not_found": ("没有这项角色授权，或已终止。", "There is no such role, or it has ended."),
    "password_wrong": ("当前密码不正确，请重新输入。", "The present password is wrong. Enter it again."),
}
